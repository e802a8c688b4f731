/** What an authenticator says of a passkey that it made; bytes as base64url. */
export type Attestation = {
  credential_id: string;
  client_data: string;
  attestation_object: string;
  transports: string[];
};

/** What an authenticator says to prove who somebody is; bytes as base64url. */
export type Assertion = {
  credential_id: string;
  client_data: string;
  authenticator_data: string;
  signature: string;
  user_handle: string;
};

/** Options of a ceremony in WebAuthn's own JSON, in which bytes are base64url. */
export type CeremonyOptions = Readonly<Record<string, unknown>>;

/** Whether there can be passkeys in this browser for this site: browsers bind them to names, never to addresses. */
export function passkeysPossible(host = location.hostname): boolean {
  const isAddress = /^[\d.]+$/.test(host) || host.includes(":");
  return !isAddress && "PublicKeyCredential" in globalThis;
}

/** Have a passkey made. Throws an Error with a sentence for people where none was. */
export async function makePasskey(options: CeremonyOptions): Promise<Attestation> {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...(options.user as object), id: bytes((options.user as { id: string }).id) },
    excludeCredentials: descriptors(options.excludeCredentials),
  } as unknown as PublicKeyCredentialCreationOptions;
  const made = await asked(navigator.credentials.create({ publicKey }));
  const response = made.response as AuthenticatorAttestationResponse;
  return {
    credential_id: base64url(made.rawId),
    client_data: base64url(response.clientDataJSON),
    attestation_object: base64url(response.attestationObject),
    transports: response.getTransports?.() ?? [],
  };
}

/** Have a passkey answer. Throws an Error with a sentence for people where none did. */
export async function givePasskey(options: CeremonyOptions): Promise<Assertion> {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: descriptors(options.allowCredentials),
  } as unknown as PublicKeyCredentialRequestOptions;
  const given = await asked(navigator.credentials.get({ publicKey }));
  const response = given.response as AuthenticatorAssertionResponse;
  return {
    credential_id: base64url(given.rawId),
    client_data: base64url(response.clientDataJSON),
    authenticator_data: base64url(response.authenticatorData),
    signature: base64url(response.signature),
    user_handle: base64url(response.userHandle ?? new ArrayBuffer(0)),
  };
}

export function base64url(content: ArrayBuffer): string {
  const text = Array.from(new Uint8Array(content), (byte) => String.fromCharCode(byte)).join("");
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

export function bytes(text: unknown): Uint8Array<ArrayBuffer> {
  if (typeof text !== "string") throw new TypeError("these are not bytes in base64url");
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
}

function descriptors(known: unknown): object[] {
  const list = Array.isArray(known) ? (known as { id: string }[]) : [];
  return list.map((each) => ({ ...each, id: bytes(each.id) }));
}

async function asked(ceremony: Promise<Credential | null>): Promise<PublicKeyCredential> {
  const credential = await ceremony.catch((reason: unknown) => {
    throw new Error(sentence(reason instanceof DOMException ? reason.name : ""), { cause: reason });
  });
  if (credential === null) throw new Error(sentence(""));
  return credential as PublicKeyCredential;
}

function sentence(reason: string): string {
  if (reason === "InvalidStateError") return "This device has a passkey for your account already.";
  if (reason === "NotAllowedError" || reason === "AbortError")
    return "No passkey was given. It was cancelled, took too long, or the browser does not trust this site's certificate.";
  return "This browser cannot use passkeys here.";
}
