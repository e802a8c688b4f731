import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { components } from "@/api/schema";

export type RoleTable = components["schemas"]["RolesView"];
export type RoleRow = RoleTable["roles"][number];
export type Permission = RoleRow["permissions"][number];

/** Who may do what, and why: the rules as the server asks them. */
export const rolesQuery = queryOptions({
  queryKey: ["roles"],
  queryFn: async ({ signal }): Promise<RoleTable> => {
    const { data } = await api.GET("/api/v1/roles", { signal });
    if (!data) throw new Error("The server answered without an answer.");
    return data;
  },
  staleTime: 60_000,
  retry: false,
});
