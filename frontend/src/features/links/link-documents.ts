import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { components } from "@/api/schema";

export type Purpose = "join" | "reset";
export type OpenedLink = components["schemas"]["OpenedLinkView"];

/** Whose link it is; asking does not use it up. */
export const linkQuery = (purpose: Purpose, token: string) =>
  queryOptions({
    queryKey: ["link", purpose],
    queryFn: async ({ signal }): Promise<OpenedLink> => {
      const { data } =
        purpose === "join"
          ? await api.POST("/api/v1/invitations/check", { body: { token }, signal })
          : await api.POST("/api/v1/password-resets/check", { body: { token }, signal });
      if (!data) throw new Error("The server answered without an answer.");
      return data;
    },
    retry: false,
    gcTime: 0,
  });

/** Use the link up: take up the invitation, or set the new password. */
export async function spendLink(
  purpose: Purpose,
  { token, name, password }: { token: string; name: string; password: string },
): Promise<void> {
  if (purpose === "join") await api.POST("/api/v1/invitations", { body: { token, name, password } });
  else await api.POST("/api/v1/password-resets", { body: { token, password } });
}
