import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { components } from "@/api/schema";

export type Factors = components["schemas"]["FactorsView"];

/** One's own second factors. */
export const ownFactorsQuery = queryOptions({
  queryKey: ["factors"],
  queryFn: async ({ signal }): Promise<Factors> => {
    const { data } = await api.GET("/api/v1/factors", { signal });
    if (!data) throw new Error("The server answered without an answer.");
    return data;
  },
});
