import { queryOptions } from "@tanstack/react-query";
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

/** Whether some people sign in by an identity provider, and so may have no password to prove by. */
export const byProviderQuery = queryOptions({
  queryKey: ["by-provider"],
  queryFn: async ({ signal }): Promise<boolean> => {
    const { data } = await api.GET("/api/v1/session/providers", { signal });
    return (data?.items.length ?? 0) > 0;
  },
  retry: false,
});
