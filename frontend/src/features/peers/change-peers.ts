import { api } from "@/api/client";
import type { components } from "@/api/schema";
import { outcomeOf, type PeerOutcome } from "@/features/peers/peer-outcome";

export type PeersChange = components["schemas"]["PeersChange"];

/** Change several peers alike: all of them or none. */
export async function changePeers(
  interfaceId: string,
  ids: string[],
  change: PeersChange,
): Promise<PeerOutcome> {
  const { data } = await api.PATCH("/api/v1/interfaces/{interface_id}/peers", {
    params: { path: { interface_id: interfaceId } },
    body: { ids, change },
  });
  return outcomeOf(data);
}

/** Delete several peers: all of them or none. */
export async function deletePeers(interfaceId: string, ids: string[]): Promise<PeerOutcome> {
  const { data } = await api.POST("/api/v1/interfaces/{interface_id}/peers/delete", {
    params: { path: { interface_id: interfaceId } },
    body: { ids },
  });
  return outcomeOf(data);
}
