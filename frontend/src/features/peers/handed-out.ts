import { api } from "@/api/client";
import type { Peer } from "@/features/peers/peer-documents";
import { completedConfig } from "@/lib/config-file";

/** A config file with its secrets: in this page's memory, and gone with it. */
export type HandedOut = Readonly<{
  peer: Peer;
  text: string;
  /** Why it is decided and does not run yet; null where it runs. */
  reason: string | null;
}>;

/** Complete the config file of a peer with the keys that only this browser has, and note that it was given. */
export async function handOut(
  peer: Peer,
  keys: { privateKey: string; presharedKey: string | null },
  reason: string | null,
): Promise<HandedOut> {
  const path = { params: { path: { peer_id: peer.id } } };
  const { data } = await api.GET("/api/v1/peers/{peer_id}/template", path);
  if (!data) throw new Error("The config file cannot be read.");
  const text = completedConfig(data.text, keys.privateKey, keys.presharedKey);
  await api.POST("/api/v1/peers/{peer_id}/given", { ...path, body: { revision: data.revision } });
  return { peer, text, reason };
}

/** Note that a peer was given its config file as it is now. */
export async function noteGiven(peer: Peer): Promise<void> {
  await api.POST("/api/v1/peers/{peer_id}/given", {
    params: { path: { peer_id: peer.id } },
    body: { revision: peer.config_revision },
  });
}
