import { api } from "@/api/client";
import type { components } from "@/api/schema";

export type Profile = components["schemas"]["ProfileView"];
export type ProfileChange = { name?: string; email?: string };

/** Change what is said of oneself; another e-mail address asks for a fresh proof first. */
export async function updateProfile(change: ProfileChange): Promise<Profile> {
  const { data } = await api.PATCH("/api/v1/profile", { body: change });
  if (!data) throw new Error("The server answered without an answer.");
  return data;
}
