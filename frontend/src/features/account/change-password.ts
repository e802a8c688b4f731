import { api } from "@/api/client";

/** Set a new password; every other session of this account ends. */
export async function changePassword(currentPassword: string, password: string): Promise<void> {
  await api.PUT("/api/v1/session/password", { body: { current_password: currentPassword, password } });
}
