import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { components } from "@/api/schema";

export type Keys = components["schemas"]["KeysView"];

const MOVING_MILLISECONDS = 2_000;

/** Which keys are in use; read again while one is being replaced. */
export const keysQuery = queryOptions({
  queryKey: ["keys"],
  queryFn: async ({ signal }): Promise<Keys> => {
    const { data } = await api.GET("/api/v1/keys", { signal });
    if (!data) throw new Error("The server answered without an answer.");
    return data;
  },
  staleTime: 2_000,
  refetchInterval: (query) => (query.state.data?.master.is_replacing ? MOVING_MILLISECONDS : false),
  retry: false,
});

/** Sign access tokens with a new key. */
export async function rotateSigningKey(): Promise<void> {
  await api.POST("/api/v1/keys/rotate");
}

/** Seal what is stored with a new key; it takes a while, and goes on by itself. */
export async function rotateMasterKey(): Promise<void> {
  await api.POST("/api/v1/keys/master/rotate");
}
