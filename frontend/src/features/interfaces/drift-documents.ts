import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { components } from "@/api/schema";
import type { InterfaceResult } from "@/features/interfaces/interface-documents";
import { resultOf } from "@/features/interfaces/result-of";

export type Drift = components["schemas"]["DifferenceView"];
export type UnmanagedPeer = components["schemas"]["UnmanagedPeerView"];
/** What is meant, by id and by public key; every difference where both are empty. */
export type Differences = Readonly<{ items?: string[]; unmanaged?: string[] }>;

const PATHS = {
  restore: "/api/v1/interfaces/{interface_id}/drift/restore",
  adopt: "/api/v1/interfaces/{interface_id}/drift/adopt",
} as const;

/** What people changed by hand on the node. */
export const driftQuery = (interfaceId: string) =>
  queryOptions({
    queryKey: ["drift", interfaceId],
    queryFn: async ({ signal }) => {
      const { data } = await api.GET("/api/v1/interfaces/{interface_id}/drift", {
        params: { path: { interface_id: interfaceId } },
        signal,
      });
      return resultOf(data);
    },
    staleTime: 2_000,
    // The node looks every 4 s: what is done by hand is shown within 10 s, also by a busy machine.
    refetchInterval: 3_000,
    retry: false,
  });

/** Undo what was changed by hand, or make it what is decided. */
export async function endDrift(
  interfaceId: string,
  way: keyof typeof PATHS,
  differences: Differences,
): Promise<InterfaceResult> {
  const { data } = await api.POST(PATHS[way], {
    params: { path: { interface_id: interfaceId } },
    body: differences,
  });
  return resultOf(data);
}

/** Leave these as they are, and do not tell of them until they change. */
export async function ignoreDrift(interfaceId: string, items: string[]): Promise<void> {
  await api.POST("/api/v1/interfaces/{interface_id}/drift/ignore", {
    params: { path: { interface_id: interfaceId } },
    body: { items },
  });
}
