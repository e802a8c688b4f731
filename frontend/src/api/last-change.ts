import { api } from "@/api/client";

const RECENT = 20;

/**
 * Who last changed any of these fields of an interface, or of one of its peers; null where the history does not say, or
 * may not be read.
 */
export async function whoChanged(
  interfaceId: string,
  peerId: string | null,
  fields: readonly string[],
): Promise<string | null> {
  const { data } = await api
    .GET("/api/v1/interfaces/{interface_id}/revisions", {
      params: { path: { interface_id: interfaceId }, query: { limit: RECENT } },
    })
    .catch(() => ({ data: undefined }));
  const found = data?.items.find(
    (revision) =>
      revision.peer_id === peerId && revision.changes.some((change) => fields.includes(change.field)),
  );
  return found?.actor_name ?? null;
}
