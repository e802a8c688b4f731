import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { components } from "@/api/schema";

export type OpenSession = components["schemas"]["OpenSessionView"];

/** Where one is signed in oneself, the browser used last first. */
export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: async ({ signal }): Promise<readonly OpenSession[]> => {
    const { data } = await api.GET("/api/v1/sessions", { signal });
    if (!data) throw new Error("The server answered without an answer.");
    return data.items;
  },
  staleTime: 2_000,
  refetchInterval: 30_000,
  retry: false,
});

/** Sign out in one browser. */
export async function endSession(id: string): Promise<void> {
  await api.DELETE("/api/v1/sessions/{session_id}", { params: { path: { session_id: id } } });
}

/** Sign out in every browser but this one. */
export async function endOtherSessions(): Promise<void> {
  await api.DELETE("/api/v1/sessions");
}
