import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { components } from "@/api/schema";

export type ApiToken = components["schemas"]["ApiTokenView"];
export type ApiTokenList = components["schemas"]["ApiTokenListView"];
export type MadeToken = components["schemas"]["MadeApiTokenView"];
export type TokenForm = Readonly<{ name: string; actions: string[]; scope: string; days: number }>;

/** API tokens, newest first: one's own, or everybody's. */
export const tokensQuery = (whose: "own" | "all") =>
  queryOptions({
    queryKey: ["tokens", whose],
    queryFn: async ({ signal }): Promise<ApiTokenList> => {
      const params = whose === "all" ? { query: { of_all: true } } : {};
      const { data } = await api.GET("/api/v1/tokens", { params, signal });
      if (!data) throw new Error("The server answered without an answer.");
      return data;
    },
    staleTime: 2_000,
    refetchInterval: 30_000,
    retry: false,
  });

/** Make a token; its secret is in the answer alone. */
export async function createToken(form: TokenForm): Promise<MadeToken> {
  const { data } = await api.POST("/api/v1/tokens", { body: form });
  if (!data) throw new Error("The server answered without an answer.");
  return data;
}

/** End a token for good. */
export async function revokeToken(id: string): Promise<void> {
  await api.DELETE("/api/v1/tokens/{token_id}", { params: { path: { token_id: id } } });
}
