import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { components } from "@/api/schema";
import { rememberWaiting } from "@/api/waiting-change";

/** An interface as people decided it, and what is known of it; what it does is in the status store. */
export type InterfaceDocument = components["schemas"]["InterfaceView"];
export type InterfaceResult = components["schemas"]["InterfaceResultView"];
export type Plan = components["schemas"]["Plan"];

/** Own changes are read at once, and what the live status tells of soon; this is for the rest. */
const SELDOM_MILLISECONDS = 15_000;
const OFTEN_MILLISECONDS = 5_000;

/** Every managed interface that this user may see, by node and name. */
export const interfacesQuery = queryOptions({
  queryKey: ["interfaces"],
  queryFn: async ({ signal }) => {
    const { data } = await api.GET("/api/v1/interfaces", { signal });
    return data?.items ?? [];
  },
  staleTime: 2_000,
  refetchInterval: (query) => lookAfter(query.state.data),
  retry: false,
});

/** When to read them again: often while something of them is about to change. */
export function lookAfter(documents: readonly InterfaceDocument[] | undefined): number {
  const isMoving = documents?.some(
    ({ applied, error, drift_mode, confirm_until }) =>
      confirm_until !== null || (!applied && error === null && drift_mode !== "observe"),
  );
  return isMoving ? OFTEN_MILLISECONDS : SELDOM_MILLISECONDS;
}

/** The document of an interface that the status names by node and name. */
export function documentOf(
  documents: readonly InterfaceDocument[] | undefined,
  node: string,
  name: string,
): InterfaceDocument | undefined {
  return documents?.find((document) => document.node === node && document.name === name);
}

/** Take in what became of a change, and read again what it may have changed. */
export async function settle(
  client: QueryClient,
  interfaceId: string,
  result: Pick<InterfaceResult, "confirm" | "interface"> | null,
): Promise<void> {
  if (result) rememberWaiting(client, interfaceId, result.confirm);
  const changed = result?.interface;
  if (changed)
    client.setQueryData(interfacesQuery.queryKey, (known) =>
      known?.map((document) => (document.id === changed.id ? changed : document)),
    );
  const touched = LISTS.map((key) => [key]);
  const ofThis = OF_ONE.map((key) => [key, interfaceId]);
  await Promise.all([...touched, ...ofThis].map((queryKey) => client.invalidateQueries({ queryKey })));
}

/** An interface is gone: nothing of it is asked for again. */
export async function forget(client: QueryClient, interfaceId: string): Promise<void> {
  client.setQueryData(interfacesQuery.queryKey, (known) => known?.filter(({ id }) => id !== interfaceId));
  for (const key of OF_ONE) await client.cancelQueries({ queryKey: [key, interfaceId] });
  for (const key of OF_ONE) client.removeQueries({ queryKey: [key, interfaceId] });
  await Promise.all(LISTS.map((key) => client.invalidateQueries({ queryKey: [key] })));
}

const LISTS = ["interfaces", "found"];
const OF_ONE = ["drift", "revisions", "addresses", "peers"];
