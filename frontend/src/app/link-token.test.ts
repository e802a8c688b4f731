// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from "vitest";

beforeEach(() => vi.resetModules());

async function openAt(address: string) {
  history.replaceState(null, "", address);
  return import("@/app/link-token");
}

test("the secret leaves the address before anything else, and stays in memory", async () => {
  const { linkToken, forgetLinkToken } = await openAt("/setup#s3cret");
  expect(location.href).not.toContain("s3cret");
  expect(location.pathname).toBe("/setup");
  expect(linkToken()).toBe("s3cret");
  expect(JSON.stringify({ ...localStorage, ...window.history.state })).not.toContain("s3cret");
  forgetLinkToken();
  expect(linkToken()).toBeNull();
});

test.each(["/join", "/reset"])("it is the same with %s", async (path) => {
  const { linkToken } = await openAt(`${path}#s3cret`);
  expect(location.href).not.toContain("s3cret");
  expect(linkToken()).toBe("s3cret");
});

test("other fragments are left alone", async () => {
  const { linkToken } = await openAt("/account#look");
  expect(location.hash).toBe("#look");
  expect(linkToken()).toBeNull();
});

test("a setup page without a secret has none", async () => {
  expect((await openAt("/setup")).linkToken()).toBeNull();
});
