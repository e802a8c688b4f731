import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { components } from "@/api/schema";
import type { InterfaceResult } from "@/features/interfaces/interface-documents";
import { asked, resultOf } from "@/features/interfaces/result-of";

export type InterfaceCreate = components["schemas"]["InterfaceCreate"];
export type InterfaceSuggestion = components["schemas"]["InterfaceSuggestion"];

/** Values for the form, chosen so that nothing on the node clashes with them; asked anew for each form. */
export const suggestionQuery = (node: string) =>
  queryOptions({
    queryKey: ["suggestion", node],
    queryFn: async ({ signal }) => {
      const { data } = await api.GET("/api/v1/interfaces/suggestion", {
        params: { query: { node } },
        signal,
      });
      return data ?? null;
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });

/** Make an interface, or with `dryRun` only tell what that would do. */
export async function createInterface(body: InterfaceCreate, dryRun = false): Promise<InterfaceResult> {
  const { data } = await api.POST("/api/v1/interfaces", { params: { query: asked(dryRun) }, body });
  return resultOf(data);
}
