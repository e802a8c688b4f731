import { api } from "@/api/client";
import { type Assertion, givePasskey } from "@/lib/passkeys";

/** Have the browser ask for a passkey, to sign in or to prove again who one is. Good once, for five minutes. */
export async function passkeyProof(): Promise<Assertion> {
  const { data } = await api.POST("/api/v1/session/passkey/options");
  if (!data) throw new Error("The server answered without an answer.");
  return givePasskey(data.options);
}
