import { api } from "@/api/client";
import type { components } from "@/api/schema";
import type { Peer } from "@/features/peers/peer-documents";
import { outcomeOf, type PeerOutcome } from "@/features/peers/peer-outcome";

export type PeerUpdate = components["schemas"]["PeerUpdate"];

/** Names the version that was looked at: a newer one is not changed by whoever has not seen it. */
export const versionOf = (peer: Pick<Peer, "version">) => ({ "If-Match": `"${peer.version}"` });

/** Read one peer as it is now. */
export async function readPeer(id: string): Promise<Peer> {
  const { data } = await api.GET("/api/v1/peers/{peer_id}", { params: { path: { peer_id: id } } });
  if (!data) throw new Error("The server's answer was empty.");
  return data;
}

/** Change a peer as it was seen here; refused with 412 where somebody else changed it meanwhile. */
export async function changePeer(peer: Peer, change: PeerUpdate): Promise<PeerOutcome> {
  const { data } = await api.PATCH("/api/v1/peers/{peer_id}", {
    params: { path: { peer_id: peer.id } },
    headers: versionOf(peer),
    body: change,
  });
  return outcomeOf(data);
}

export async function deletePeer(peer: Peer): Promise<PeerOutcome> {
  const { data } = await api.DELETE("/api/v1/peers/{peer_id}", {
    params: { path: { peer_id: peer.id } },
    headers: versionOf(peer),
  });
  return outcomeOf(data);
}
