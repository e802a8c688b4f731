import { expect, test } from "vitest";
import { base64url, bytes, passkeysPossible } from "@/lib/passkeys";

test("bytes come back from base64url as they were", () => {
  const all = Uint8Array.from({ length: 256 }, (_, each) => each);
  for (const length of [0, 1, 2, 3, 256]) {
    const text = base64url(all.slice(0, length).buffer);
    expect(text).toMatch(/^[A-Za-z0-9_-]*$/);
    expect(bytes(text)).toEqual(all.slice(0, length));
  }
});

test("there are no passkeys for addresses, nor where the browser has none", () => {
  const known = Object.getOwnPropertyDescriptor(globalThis, "PublicKeyCredential");
  Object.defineProperty(globalThis, "PublicKeyCredential", { configurable: true, value: class {} });
  expect(["vpn.example.com", "localhost"].map((host) => passkeysPossible(host))).toEqual([true, true]);
  expect(["192.0.2.1", "[2001:db8::1]"].map((host) => passkeysPossible(host))).toEqual([false, false]);
  Reflect.deleteProperty(globalThis, "PublicKeyCredential");
  expect(passkeysPossible("vpn.example.com")).toBe(false);
  if (known) Object.defineProperty(globalThis, "PublicKeyCredential", known);
});
