import { ApiError } from "@/api/api-error";
import { api } from "@/api/client";
import { passkeyProof } from "@/api/passkey-proof";
import type { components } from "@/api/schema";
import type { Session } from "@/features/session/session";
import { passkeysPossible } from "@/lib/passkeys";
import type { TypedProof, Way } from "@/ui/proof-form";

type Method = NonNullable<components["schemas"]["SecondFactorProblem"]["methods"]>[number];

/** A sign-in that waits for its second factor, for five minutes. */
export type SecondStep = Readonly<{ transaction: string; methods: readonly Method[] }>;

/** What is still due, where the first factor was right and is not all. */
export function secondStepOf(error: unknown): SecondStep | null {
  if (!(error instanceof ApiError) || error.code !== "second-factor-required") return null;
  const { transaction, methods } = error.members;
  if (typeof transaction !== "string" || !Array.isArray(methods)) return null;
  return { transaction, methods: methods as Method[] };
}

/** The ways of a second step in this browser, the easiest first; empty where none of them works in it. */
export function waysOf({ methods }: SecondStep, possible = passkeysPossible()): Way[] {
  const order: readonly Method[] = ["passkey", "totp", "recovery"];
  return order.filter((method) => methods.includes(method) && (method !== "passkey" || possible));
}

/** Give the second factor and begin the session. */
export async function giveSecondFactor(
  { transaction }: SecondStep,
  proof: TypedProof | "passkey",
): Promise<Session> {
  const given = proof === "passkey" ? { passkey: await passkeyProof() } : proof;
  const { data } = await api.POST("/api/v1/session/second-factor", { body: { transaction, ...given } });
  if (!data) throw new Error("the answer to signing in was empty");
  return data;
}

/** Begin the session of whoever the passkey belongs to: it is two factors in one. */
export async function signInByPasskey(): Promise<Session> {
  const { data } = await api.POST("/api/v1/session/passkey", { body: { passkey: await passkeyProof() } });
  if (!data) throw new Error("the answer to signing in was empty");
  return data;
}
