import { api } from "@/api/client";
import type { components } from "@/api/schema";

type OwnerCreate = components["schemas"]["OwnerCreate"];

/** Make the owner account with the secret of the setup link; works once. */
export async function createOwner(owner: OwnerCreate): Promise<void> {
  await api.POST("/api/v1/setup", { body: owner });
}
