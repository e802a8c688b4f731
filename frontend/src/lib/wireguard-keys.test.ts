import { expect, test } from "vitest";
import { isKey, makeKeyPair, makePresharedKey } from "@/lib/wireguard-keys";

test("a pair is two keys as wg writes them, the private one clamped", async () => {
  const { publicKey, privateKey } = await makeKeyPair();
  expect(isKey(publicKey)).toBe(true);
  expect(isKey(privateKey)).toBe(true);
  const raw = Uint8Array.from(atob(privateKey), (letter) => letter.charCodeAt(0));
  expect((raw[0] ?? 0) & 7).toBe(0);
  expect((raw[31] ?? 0) & 192).toBe(64);
});

test("two pairs have nothing in common", async () => {
  const [one, other] = [await makeKeyPair(), await makeKeyPair()];
  expect(new Set([one.publicKey, one.privateKey, other.publicKey, other.privateKey]).size).toBe(4);
  expect(makePresharedKey()).not.toBe(makePresharedKey());
});

test("the two ends of two pairs agree on a secret", async () => {
  const [one, other] = [await makeKeyPair(), await makeKeyPair()];
  expect(await shared(one.privateKey, other.publicKey)).toEqual(
    await shared(other.privateKey, one.publicKey),
  );
});

test.each([
  ["", false],
  ["x", false],
  ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", true],
  ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=", false],
  ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", false],
  [" AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", false],
])("%s is a key: %s", (text, verdict) => {
  expect(isKey(text)).toBe(verdict);
});

async function shared(privateKey: string, publicKey: string): Promise<string> {
  const bytes = (text: string) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const url = (text: string) => text.replaceAll("+", "-").replaceAll("/", "_").replace("=", "");
  const ours = { kty: "OKP", crv: "X25519", d: url(privateKey), x: url(await publicOf(privateKey)) };
  const own = await crypto.subtle.importKey("jwk", ours, { name: "X25519" }, false, ["deriveBits"]);
  const theirs = await crypto.subtle.importKey("raw", bytes(publicKey), { name: "X25519" }, false, []);
  const bits = await crypto.subtle.deriveBits({ name: "X25519", public: theirs }, own, 256);
  return btoa(String.fromCharCode(...new Uint8Array(bits)));
}

async function publicOf(privateKey: string): Promise<string> {
  const head = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x04, 0x22, 0x04, 0x20,
  ];
  const raw = Uint8Array.from(atob(privateKey), (letter) => letter.charCodeAt(0));
  const key = await crypto.subtle.importKey(
    "pkcs8",
    new Uint8Array([...head, ...raw]),
    { name: "X25519" },
    true,
    ["deriveBits"],
  );
  const { x } = await crypto.subtle.exportKey("jwk", key);
  return `${x?.replaceAll("-", "+").replaceAll("_", "/")}=`;
}
