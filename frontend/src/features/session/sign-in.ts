import { api } from "@/api/client";
import type { Session } from "@/features/session/session";

export async function signIn(email: string, password: string): Promise<Session> {
  const { data } = await api.POST("/api/v1/session", { body: { email, password } });
  if (!data) throw new Error("the answer to signing in was empty");
  return data;
}
