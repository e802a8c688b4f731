import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import type { Factors } from "@/api/own-factors";
import { SecondFactors } from "@/features/factors/second-factors";
import { Around, fakeLive } from "@/testing/fake-live";
import { type Answer, fakeServer, refused, wrongFields } from "@/testing/fake-server";

const NONE: Factors = { totp_since: null, passkeys: [], recovery_codes: 0, why_no_passkeys: null };
const SET_UP: Factors = {
  totp_since: "2026-11-23T12:00:00Z",
  passkeys: [{ id: "k1", name: "Laptop", created_at: "2026-11-23T12:00:00Z", used_at: null }],
  recovery_codes: 3,
  why_no_passkeys: null,
};
const CODES = Array.from({ length: 10 }, (_, each) => `aaaa-bbbb-cccc-ddd${each}`);

function show(factors: Factors, answers: Record<string, Answer> = {}) {
  const asked = fakeServer({ "GET /api/v1/factors": factors, ...answers });
  render(
    <Around live={fakeLive()}>
      <SecondFactors />
    </Around>,
  );
  return asked;
}

const totp: Answer = { totp: { secret: "ABCDEFGH", uri: "otpauth://totp/Sentra?secret=ABCDEFGH" } };

async function press(name: string) {
  await userEvent.click(await screen.findByRole("button", { name }));
}

async function beginTotp() {
  await press("Set up an authenticator app");
  await userEvent.type(await screen.findByLabelText("Code"), "123456");
  await press("Confirm");
}

test("whoever has none is told what that means", async () => {
  show(NONE);
  expect(await screen.findByText("Only your password protects this account.")).toBeTruthy();
  expect(screen.queryByText("Recovery codes")).toBeNull();
});

test("an authenticator app is set up by QR code or key, and its codes are shown once", async () => {
  const asked = show(NONE, {
    "POST /api/v1/factors": totp,
    "POST /api/v1/factors/confirm": { recovery_codes: CODES },
  });
  await beginTotp();
  const list = await screen.findByRole("list", { name: "Recovery codes" });
  expect(list.textContent).toContain(CODES[9]);
  expect(asked.find(({ path }) => path === "/api/v1/factors/confirm")?.body).toEqual({ code: "123456" });
  await press("I have kept them");
  expect(document.documentElement.outerHTML).not.toContain(CODES[0]);
  expect(document.documentElement.outerHTML).not.toContain("ABCD");
});

test("the key can be read where no code can be scanned", async () => {
  show(NONE, { "POST /api/v1/factors": totp });
  await press("Set up an authenticator app");
  expect(await screen.findByText("ABCD EFGH")).toBeTruthy();
  expect(screen.getByRole("img", { name: /QR code/ })).toBeTruthy();
  const link = screen.getByRole("link", { name: "Open it in an app on this device" });
  expect(link.getAttribute("href")).toBe("otpauth://totp/Sentra?secret=ABCDEFGH");
});

test("a wrong code is said at its field", async () => {
  show(NONE, {
    "POST /api/v1/factors": totp,
    "POST /api/v1/factors/confirm": wrongFields({ field: "code", message: "This code is wrong." }),
  });
  await beginTotp();
  expect(await screen.findByText("This code is wrong.")).toBeTruthy();
});

test("a factor is removed after a word about it", async () => {
  const asked = show(SET_UP, { "DELETE /api/v1/factors/passkeys/k1": [204, null] });
  await press("Remove the passkey Laptop");
  expect(screen.getByRole("dialog").textContent).not.toContain("password alone");
  await press("Remove");
  await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(asked.some(({ method }) => method === "DELETE")).toBe(true);
});

test("the last factor takes the recovery codes with it, which is said", async () => {
  show({ ...SET_UP, passkeys: [] });
  await press("Remove the authenticator app");
  expect(screen.getByRole("dialog").textContent).toContain("recovery codes are void");
});

test("a refusal to remove is said in the words of the server", async () => {
  show(SET_UP, { "DELETE /api/v1/factors/totp": refused(409, "You need a second factor here.") });
  await press("Remove the authenticator app");
  await press("Remove");
  expect((await screen.findByRole("alert")).textContent).toContain("You need a second factor here.");
});

test("new recovery codes are made after a word about the old ones", async () => {
  show(SET_UP, { "POST /api/v1/factors/recovery-codes": { recovery_codes: CODES } });
  expect(await screen.findByText("3 of 10 left. Make new ones soon.")).toBeTruthy();
  await press("New codes");
  await press("Make new codes");
  expect(await screen.findByRole("list", { name: "Recovery codes" })).toBeTruthy();
});

test("says why there are no passkeys where this Sentra has none", async () => {
  show({ ...NONE, why_no_passkeys: "Browsers make passkeys for names." });
  expect(await screen.findByText("Browsers make passkeys for names.")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Add a passkey" })).toBeNull();
});
