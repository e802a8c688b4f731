import { api } from "@/api/client";
import type { components } from "@/api/schema";
import type { Peer } from "@/features/peers/peer-documents";

type PeerUpdate = components["schemas"]["PeerUpdate"];
type Confirm = components["schemas"]["ConfirmView"];

const versionOf = (peer: Peer) => ({ "If-Match": `"${peer.version}"` });

/**
 * Change a peer as it was seen here; refused where somebody else changed it meanwhile. Gives how to keep a change that
 * may cut off its author.
 */
export async function changePeer(peer: Peer, change: PeerUpdate): Promise<Confirm | null> {
  const { data } = await api.PATCH("/api/v1/peers/{peer_id}", {
    params: { path: { peer_id: peer.id } },
    headers: versionOf(peer),
    body: change,
  });
  return data?.confirm ?? null;
}

export async function deletePeer(peer: Peer): Promise<Confirm | null> {
  const { data } = await api.DELETE("/api/v1/peers/{peer_id}", {
    params: { path: { peer_id: peer.id } },
    headers: versionOf(peer),
  });
  return data?.confirm ?? null;
}
