import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { components } from "@/api/schema";

export type SecondFactorPolicy = components["schemas"]["SecondFactorPolicyView"];
export type Rule = SecondFactorPolicy["rule"];
export type HeldBack = components["schemas"]["HeldBackView"];

/** Who needs a second factor, and who of them has none. */
export const secondFactorPolicyQuery = queryOptions({
  queryKey: ["policies", "second-factor"],
  queryFn: async ({ signal }): Promise<SecondFactorPolicy> => {
    const { data } = await api.GET("/api/v1/policies/second-factor", { signal });
    if (!data) throw new Error("The server answered without an answer.");
    return data;
  },
  staleTime: 2_000,
  retry: false,
});

/** Say who needs a second factor from now on. */
export async function changeSecondFactorPolicy(rule: Rule): Promise<void> {
  await api.PUT("/api/v1/policies/second-factor", { body: { rule } });
}
