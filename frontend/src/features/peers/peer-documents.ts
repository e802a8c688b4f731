import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { components } from "@/api/schema";

export type Peer = components["schemas"]["PeerView"];
/** By public key, as the live status names them. */
export type PeerDocuments = ReadonlyMap<string, Peer>;

const PAGE = 500;
export const NO_DOCUMENTS: PeerDocuments = new Map();

/** What people decided about the peers of an interface; what they do is in the status store. */
export const peersQuery = (interfaceId: string) =>
  queryOptions({
    queryKey: ["peers", interfaceId],
    queryFn: ({ signal }) => readAll(interfaceId, signal),
    staleTime: 10_000,
  });

/** Read again what a change of peers may have changed. */
export async function refreshPeers(client: QueryClient, interfaceId: string): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: ["peers", interfaceId] }),
    client.invalidateQueries({ queryKey: ["interfaces"] }),
    client.invalidateQueries({ queryKey: ["revisions", interfaceId] }),
    client.invalidateQueries({ queryKey: ["addresses", interfaceId] }),
  ]);
}

async function readAll(interfaceId: string, signal: AbortSignal): Promise<PeerDocuments> {
  const found = new Map<string, Peer>();
  let cursor: string | undefined;
  do {
    const query = { limit: PAGE, ...(cursor ? { cursor } : null) };
    const { data } = await api.GET("/api/v1/interfaces/{interface_id}/peers", {
      params: { path: { interface_id: interfaceId }, query },
      signal,
    });
    for (const peer of data?.items ?? []) found.set(peer.public_key, peer);
    cursor = data?.next_cursor ?? undefined;
  } while (cursor);
  return found;
}
