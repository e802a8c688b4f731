/** A session key is refused after this long (`REJECT_AFTER_TIME` of the WireGuard paper). */
export const ACTIVE_SECONDS = 180;

/** What a sample shows; `disabled` is one that people took off the interface, so no sample has it. */
export type PeerPresence = "active" | "idle" | "never" | "disabled";

/** Active is a handshake younger than 180 s; 0 is none yet. */
export function presenceAt(latestHandshake: number, now: number): PeerPresence {
  if (latestHandshake === 0) return "never";
  return now - latestHandshake < ACTIVE_SECONDS ? "active" : "idle";
}
