// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from "vitest";

beforeEach(() => vi.resetModules());

async function openAt(address: string) {
  history.replaceState(null, "", address);
  return import("@/app/setup-token");
}

test("the secret leaves the address before anything else, and stays in memory", async () => {
  const { setupToken, forgetSetupToken } = await openAt("/setup#s3cret");
  expect(location.href).not.toContain("s3cret");
  expect(location.pathname).toBe("/setup");
  expect(setupToken()).toBe("s3cret");
  expect(JSON.stringify({ ...localStorage, ...window.history.state })).not.toContain("s3cret");
  forgetSetupToken();
  expect(setupToken()).toBeNull();
});

test("other fragments are left alone", async () => {
  const { setupToken } = await openAt("/account#look");
  expect(location.hash).toBe("#look");
  expect(setupToken()).toBeNull();
});

test("a setup page without a secret has none", async () => {
  expect((await openAt("/setup")).setupToken()).toBeNull();
});
