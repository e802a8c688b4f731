import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { components } from "@/api/schema";

export type Provider = components["schemas"]["ProviderView"];
export type FoundProvider = components["schemas"]["FoundProviderView"];
export type ProviderForm = components["schemas"]["ProviderCreate"];
export type ProviderChange = components["schemas"]["ProviderUpdate"];
export type Grant = Provider["grants"][number];
export type Way = components["schemas"]["WayView"];
type Session = components["schemas"]["SessionView"];

/** Identity providers, in order of their names. */
export const providersQuery = queryOptions({
  queryKey: ["providers"],
  queryFn: async ({ signal }): Promise<Provider[]> => {
    const { data } = await api.GET("/api/v1/providers", { signal });
    return given(data).items;
  },
  staleTime: 2_000,
  retry: false,
});

/** Ask an issuer what it says of itself; nothing is kept. */
export async function checkIssuer(issuer: string): Promise<FoundProvider> {
  const { data } = await api.POST("/api/v1/providers/check", { body: { issuer } });
  return given(data);
}

export async function addProvider(form: ProviderForm): Promise<Provider> {
  const { data } = await api.POST("/api/v1/providers", { body: form });
  return given(data);
}

/** Change a provider, if it is still the version that was looked at. */
export async function changeProvider({ id, version }: Provider, change: ProviderChange): Promise<Provider> {
  const params = { path: { provider_id: id } };
  const headers = { "If-Match": `"${version}"` };
  const { data } = await api.PATCH("/api/v1/providers/{provider_id}", { params, headers, body: change });
  return given(data);
}

export async function removeProvider({ id }: Provider): Promise<void> {
  await api.DELETE("/api/v1/providers/{provider_id}", { params: { path: { provider_id: id } } });
}

/** The providers by which anybody may sign in. */
export const waysQuery = queryOptions({
  queryKey: ["session", "providers"],
  queryFn: async ({ signal }): Promise<readonly Way[]> => {
    const { data } = await api.GET("/api/v1/session/providers", { signal });
    return given(data).items;
  },
  staleTime: 60_000,
  retry: false,
});

/** Begin to sign in by a provider; gives its address, to go to. */
export async function beginAtProvider(id: string, returnTo: string): Promise<string> {
  const { data } = await api.POST("/api/v1/session/providers/{provider_id}", {
    params: { path: { provider_id: id } },
    body: { return_to: returnTo },
  });
  return given(data).location;
}

/** Start the session of whoever came back from a provider. */
export async function finishAtProvider(): Promise<Session> {
  const { data } = await api.POST("/api/v1/session/provider", { body: {} });
  return given(data);
}

function given<Answer>(data: Answer | undefined): Answer {
  if (data === undefined) throw new Error("The server answered without an answer.");
  return data;
}
