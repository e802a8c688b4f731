import { queryOptions } from "@tanstack/react-query";
import { ApiError } from "@/api/api-error";
import { api } from "@/api/client";
import type { components } from "@/api/schema";

export type Session = components["schemas"]["SessionView"];

/** Who is signed in, and what they may do; null for nobody. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: readSession,
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});

async function readSession(): Promise<Session | null> {
  try {
    const { data } = await api.GET("/api/v1/session");
    return data ?? null;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}
