import { ApiError } from "@/api/api-error";
import { api } from "@/api/client";
import type { components } from "@/api/schema";
import { makePasskey } from "@/lib/passkeys";

export type TotpSetup = components["schemas"]["TotpView"];

/** Codes that stand in for a second factor; empty where there are some already. */
export type RecoveryCodes = readonly string[];

/** Begin to set up an authenticator app: the answer holds its secret. */
export async function beginTotp(): Promise<TotpSetup> {
  const { data } = await api.POST("/api/v1/factors", { body: { kind: "totp" } });
  return given(data?.totp);
}

/** Confirm the app by the first code that it shows. */
export async function confirmTotp(code: string): Promise<RecoveryCodes> {
  const { data } = await api.POST("/api/v1/factors/confirm", { body: { code } });
  return given(data).recovery_codes;
}

/** Have the browser make a passkey, and store it under this name. */
export async function addPasskey(name: string): Promise<RecoveryCodes> {
  const begun = await api.POST("/api/v1/factors", { body: { kind: "passkey" } });
  const passkey = await makePasskey(given(begun.data?.passkey).options);
  const { data } = await api.POST("/api/v1/factors/confirm", { body: { passkey: { name, ...passkey } } });
  return given(data).recovery_codes;
}

export async function removeTotp(): Promise<void> {
  await api.DELETE("/api/v1/factors/totp");
}

export async function removePasskey(id: string): Promise<void> {
  await api.DELETE("/api/v1/factors/passkeys/{passkey_id}", { params: { path: { passkey_id: id } } });
}

/** Make new codes; those so far are void. */
export async function makeRecoveryCodes(): Promise<RecoveryCodes> {
  const { data } = await api.POST("/api/v1/factors/recovery-codes");
  return given(data).recovery_codes;
}

/** Whether whoever was asked to prove again who they are would rather not, or cannot. */
export const isUnproved = (error: unknown): boolean =>
  error instanceof ApiError && error.code === "step-up-required";

function given<Data>(data: Data | null | undefined): Data {
  if (!data) throw new Error("The server answered without an answer.");
  return data;
}
