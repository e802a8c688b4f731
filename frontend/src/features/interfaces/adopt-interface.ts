import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { components } from "@/api/schema";
import type { InterfaceResult } from "@/features/interfaces/interface-documents";
import { asked, resultOf } from "@/features/interfaces/result-of";

type Adoption = components["schemas"]["InterfaceAdopt"];
export type FoundInterface = components["schemas"]["FoundInterfaceView"];
/** What becomes of the peers that run: Sentra's, left alone, or taken off. */
export type Unmanaged = NonNullable<Adoption["unmanaged"]>;

/** The WireGuard interfaces that run on a node and that Sentra does not manage. */
export const foundQuery = (node: string) =>
  queryOptions({
    queryKey: ["found", node],
    queryFn: async ({ signal }) => {
      const { data } = await api.GET("/api/v1/interfaces/found", { params: { query: { node } }, signal });
      return data?.items ?? [];
    },
    staleTime: 15_000,
    refetchInterval: 30_000,
    retry: false,
  });

/** Take over an interface that runs, without restarting it; or with `dryRun` only tell what that would do. */
export async function adoptInterface(body: Adoption, dryRun = false): Promise<InterfaceResult> {
  const { data } = await api.POST("/api/v1/interfaces/adopt", { params: { query: asked(dryRun) }, body });
  return resultOf(data);
}
