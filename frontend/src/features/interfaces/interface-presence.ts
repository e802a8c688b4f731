import type { InterfaceStatus } from "@/live/status-types";
import type { Presence } from "@/ui/presence";

type Shown = Readonly<{ presence: Presence; label: string }>;

/** An interface's own glyph: trouble, down, active or idle. */
export function interfacePresence(iface: InterfaceStatus): Shown {
  if (iface.error !== null) return { presence: "trouble", label: iface.error };
  if (!iface.up) return { presence: "disabled", label: "down" };
  if (iface.peers_active > 0) return { presence: "active", label: "up" };
  return iface.peers_total > 0
    ? { presence: "idle", label: "up, nobody active" }
    : { presence: "never", label: "up, no peers" };
}
