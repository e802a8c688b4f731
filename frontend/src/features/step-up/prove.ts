import { api } from "@/api/client";
import type { Factors } from "@/api/own-factors";
import { passkeyProof } from "@/api/passkey-proof";
import { passkeysPossible } from "@/lib/passkeys";
import type { TypedProof, Way } from "@/ui/proof-form";

/** What one proves by: something typed, or the passkey that the browser asks for. */
export type Proof = TypedProof | "passkey";

/** Prove once more who one is; for five minutes the session may do what asks for it. */
export async function prove(proof: Proof): Promise<void> {
  const body = proof === "passkey" ? { passkey: await passkeyProof() } : proof;
  await api.POST("/api/v1/session/proof", { body });
}

/** The ways that this user has in this browser, the easiest first. */
export function waysOf(factors: Factors, possible = passkeysPossible()): Way[] {
  const hasPasskey = factors.passkeys.length > 0 && factors.why_no_passkeys === null && possible;
  return [
    ...(hasPasskey ? (["passkey"] as const) : []),
    "password",
    ...(factors.totp_since === null ? [] : (["totp"] as const)),
  ];
}
