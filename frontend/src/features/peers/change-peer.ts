import { api } from "@/api/client";
import type { components } from "@/api/schema";
import type { Peer } from "@/features/peers/peer-documents";

type PeerUpdate = components["schemas"]["PeerUpdate"];
export type Result = components["schemas"]["PeerResultView"];

const versionOf = (peer: Peer) => ({ "If-Match": `"${peer.version}"` });

/** Change a peer as it was seen here; refused where somebody else changed it meanwhile. */
export async function changePeer(peer: Peer, change: PeerUpdate): Promise<Result | undefined> {
  const { data } = await api.PATCH("/api/v1/peers/{peer_id}", {
    params: { path: { peer_id: peer.id } },
    headers: versionOf(peer),
    body: change,
  });
  return data;
}

export async function deletePeer(peer: Peer): Promise<void> {
  await api.DELETE("/api/v1/peers/{peer_id}", {
    params: { path: { peer_id: peer.id } },
    headers: versionOf(peer),
  });
}
