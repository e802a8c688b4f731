import { infiniteQueryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { components } from "@/api/schema";

export type AuditEntry = components["schemas"]["AuditEntryView"];

/** Which entries are looked for; an empty text is every one. */
export type AuditFilter = Readonly<{ q: string; action: string; outcome: "" | AuditEntry["outcome"] }>;

export const EVERYTHING: AuditFilter = { q: "", action: "", outcome: "" };

const PAGE = 100;

/** Who did what to what, newest first, page by page. */
export const auditQuery = (filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: ["audit", filter],
    queryFn: async ({ pageParam, signal }) => {
      const { data } = await api.GET("/api/v1/audit", {
        params: { query: { ...said(filter), limit: PAGE, ...(pageParam ? { cursor: pageParam } : null) } },
        signal,
      });
      if (!data) throw new Error("The server answered without an answer.");
      return data;
    },
    initialPageParam: 0,
    getNextPageParam: (last) => last.next_cursor,
    staleTime: 5_000,
    retry: false,
  });

/** Where the same entries are, as JSON lines. */
export function exportAddress(filter: AuditFilter): string {
  const query = new URLSearchParams(said(filter)).toString();
  return query === "" ? "/api/v1/audit/export" : `/api/v1/audit/export?${query}`;
}

function said(filter: AuditFilter): Partial<AuditFilter> {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== ""));
}
