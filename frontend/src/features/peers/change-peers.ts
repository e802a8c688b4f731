import { api } from "@/api/client";
import type { components } from "@/api/schema";

export type PeersChange = components["schemas"]["PeersChange"];
type Confirm = components["schemas"]["ConfirmView"];

/** Change several peers alike: all of them or none. */
export async function changePeers(
  interfaceId: string,
  ids: string[],
  change: PeersChange,
): Promise<Confirm | null> {
  const { data } = await api.PATCH("/api/v1/interfaces/{interface_id}/peers", {
    params: { path: { interface_id: interfaceId } },
    body: { ids, change },
  });
  return data?.confirm ?? null;
}

/** Delete several peers: all of them or none. */
export async function deletePeers(interfaceId: string, ids: string[]): Promise<Confirm | null> {
  const { data } = await api.POST("/api/v1/interfaces/{interface_id}/peers/delete", {
    params: { path: { interface_id: interfaceId } },
    body: { ids },
  });
  return data?.confirm ?? null;
}
