import { api } from "@/api/client";

export async function signOut(): Promise<void> {
  await api.DELETE("/api/v1/session");
}
