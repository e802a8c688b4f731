import { infiniteQueryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { components } from "@/api/schema";
import type { InterfaceResult } from "@/features/interfaces/interface-documents";
import { asked, resultOf } from "@/features/interfaces/result-of";

export type Revision = components["schemas"]["RevisionView"];

const PAGE = 50;

/** What was changed, newest first, page by page. */
export const revisionsQuery = (interfaceId: string) =>
  infiniteQueryOptions({
    queryKey: ["revisions", interfaceId],
    queryFn: async ({ pageParam, signal }) => {
      const { data } = await api.GET("/api/v1/interfaces/{interface_id}/revisions", {
        params: {
          path: { interface_id: interfaceId },
          query: { limit: PAGE, ...(pageParam ? { cursor: pageParam } : null) },
        },
        signal,
      });
      return resultOf(data);
    },
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
    staleTime: 5_000,
    retry: false,
  });

/** Make what a revision changed what it was before; or with `dryRun` only tell what that would do. */
export async function undoRevision(
  interfaceId: string,
  revisionId: Revision["id"],
  dryRun = false,
): Promise<InterfaceResult> {
  const { data } = await api.POST("/api/v1/interfaces/{interface_id}/revisions/{revision_id}/undo", {
    params: { path: { interface_id: interfaceId, revision_id: String(revisionId) }, query: asked(dryRun) },
  });
  return resultOf(data);
}
