/** WireGuard keys are X25519 (the WireGuard paper, section 5.4); as text they are base64, 44 characters. */
export type KeyPair = Readonly<{ publicKey: string; privateKey: string }>;

const KEY_BYTES = 32;
/** What stands before the 32 bytes of a private key in PKCS #8 (RFC 8410). */
const PKCS8_HEAD = [
  0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x04, 0x22, 0x04, 0x20,
];

/** Make a key pair in this browser. The private key is nowhere else, and is lost with what holds the answer. */
export async function makeKeyPair(): Promise<KeyPair> {
  const raw = clamped(crypto.getRandomValues(new Uint8Array(KEY_BYTES)));
  try {
    return { publicKey: await publicKeyOf(raw), privateKey: toBase64(raw) };
  } finally {
    raw.fill(0);
  }
}

/** Make a preshared key: 32 random bytes. */
export function makePresharedKey(): string {
  return toBase64(crypto.getRandomValues(new Uint8Array(KEY_BYTES)));
}

/** Tell whether a text is a key as `wg` writes it. */
export function isKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(text);
}

async function publicKeyOf(privateKey: Uint8Array): Promise<string> {
  const encoded = new Uint8Array([...PKCS8_HEAD, ...privateKey]);
  const key = await crypto.subtle.importKey("pkcs8", encoded, { name: "X25519" }, true, ["deriveBits"]);
  encoded.fill(0);
  const { x } = await crypto.subtle.exportKey("jwk", key);
  if (!x) throw new Error("This browser gives no public key for X25519.");
  return `${x.replaceAll("-", "+").replaceAll("_", "/")}=`;
}

/** `wg` shows a private key with these bits set (RFC 7748, section 5): written otherwise, it would seem another. */
function clamped(key: Uint8Array): Uint8Array {
  key[0] = (key[0] ?? 0) & 248;
  key[31] = ((key[31] ?? 0) & 127) | 64;
  return key;
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
