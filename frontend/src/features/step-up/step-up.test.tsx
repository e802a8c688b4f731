import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import { api, onSessionEnded } from "@/api/client";
import { StepUp } from "@/features/step-up/step-up";
import { Around } from "@/testing/fake-live";
import { type Answer, fakeServer, wrongFields } from "@/testing/fake-server";

const STEP_UP: Answer = [
  403,
  { type: "urn:sentra:problem:step-up-required", title: "Not allowed", status: 403 },
];
const NO_FACTORS = { totp_since: null, passkeys: [], recovery_codes: 0, why_no_passkeys: null };
const TOKEN = { name: "ci", actions: ["status:read"], scope: "*", days: 30 };

let proved = false;

function serve(more: Record<string, Answer> = {}) {
  proved = false;
  const asked = fakeServer({
    "GET /api/v1/factors": NO_FACTORS,
    "GET /api/v1/session/providers": { items: [] },
    "POST /api/v1/tokens": () => (proved ? [201, { token: "t" }] : STEP_UP),
    "POST /api/v1/session/proof": () => {
      proved = true;
      return [204, null];
    },
    ...more,
  });
  render(
    <Around>
      <StepUp />
    </Around>,
  );
  return asked;
}

const makeToken = () => api.POST("/api/v1/tokens", { body: TOKEN, headers: { "Idempotency-Key": "k" } });
const ended = vi.fn();

beforeEach(() => {
  ended.mockReset();
  return onSessionEnded(ended);
});

test("asks for a proof, and sends the very same request again", async () => {
  const asked = serve();
  const made = makeToken();
  await userEvent.type(await screen.findByLabelText("Password"), "copper lantern");
  await userEvent.click(screen.getByRole("button", { name: "Confirm" }));
  expect((await made).data).toEqual({ token: "t" });
  const proof = asked.find(({ path }) => path === "/api/v1/session/proof");
  expect(proof?.body).toEqual({ password: "copper lantern" });
  const [first, second] = asked.filter(({ path }) => path === "/api/v1/tokens");
  expect(second?.body).toEqual(TOKEN);
  expect([...(second?.headers ?? [])]).toEqual([...(first?.headers ?? [])]);
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("asks once for all requests that wait for it", async () => {
  const asked = serve();
  const both = Promise.all([makeToken(), makeToken()]);
  await userEvent.type(await screen.findByLabelText("Password"), "copper lantern");
  await userEvent.click(screen.getByRole("button", { name: "Confirm" }));
  expect(await both).toHaveLength(2);
  expect(asked.filter(({ path }) => path === "/api/v1/session/proof")).toHaveLength(1);
});

test("who cancels gets the refusal, and is asked anew the next time", async () => {
  const asked = serve();
  for (const _ of [1, 2]) {
    const refused = makeToken().catch((error: unknown) => error);
    await userEvent.click(await screen.findByRole("button", { name: "Cancel" }));
    expect(await refused).toMatchObject({ status: 403, code: "step-up-required" });
  }
  expect(asked.filter(({ path }) => path === "/api/v1/tokens")).toHaveLength(2);
});

test("a wrong password is said at its field, and ends nothing", async () => {
  serve({
    "POST /api/v1/session/proof": wrongFields({ field: "password", message: "The password is wrong." }),
  });
  const refused = makeToken().catch(() => "refused");
  await userEvent.type(await screen.findByLabelText("Password"), "no");
  await userEvent.click(screen.getByRole("button", { name: "Confirm" }));
  expect(await screen.findByText("The password is wrong.")).toBeTruthy();
  expect(document.activeElement).toBe(screen.getByLabelText("Password"));
  await userEvent.click(screen.getByRole("button", { name: "Close" }));
  expect(await refused).toBe("refused");
});

test("offers the code of an authenticator app to whom has one", async () => {
  const asked = serve({ "GET /api/v1/factors": { ...NO_FACTORS, totp_since: "2026-11-24T00:00:00Z" } });
  const made = makeToken();
  await userEvent.click(await screen.findByRole("button", { name: /authenticator app/ }));
  await userEvent.type(screen.getByLabelText("Code"), "123 456");
  await userEvent.click(screen.getByRole("button", { name: "Confirm" }));
  await made;
  expect(asked.find(({ path }) => path === "/api/v1/session/proof")?.body).toEqual({ code: "123 456" });
});

test("says what whoever has no password can do, where there are identity providers", async () => {
  serve({ "GET /api/v1/session/providers": { items: [{ id: "p1", name: "Keycloak" }] } });
  const refused = makeToken().catch(() => "refused");
  expect(await screen.findByText(/sign out and in again/)).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Cancel" }));
  await refused;
});

test("only an answer that nobody is signed in ends the session", async () => {
  for (const code of ["proof-wrong", "sign-in-over", "second-factor-required", "sign-in-failed"]) {
    fakeServer({ "POST /api/v1/tokens": [401, { type: `urn:sentra:problem:${code}`, status: 401 }] });
    await expect(makeToken()).rejects.toMatchObject({ code });
  }
  expect(ended).not.toHaveBeenCalled();
  fakeServer({ "POST /api/v1/tokens": [401, { type: "urn:sentra:problem:unauthenticated", status: 401 }] });
  await expect(makeToken()).rejects.toMatchObject({ status: 401 });
  expect(ended).toHaveBeenCalledOnce();
});

test("what was sent under a secret that has just been replaced is sent again", async () => {
  let asked = 0;
  const first: Answer = [401, { type: "urn:sentra:problem:unauthenticated", status: 401 }];
  fakeServer({
    "GET /api/v1/session": { user: {}, can: [] },
    "POST /api/v1/tokens": () => {
      asked += 1;
      return asked === 1 ? first : [201, { token: "t" }];
    },
  });
  expect((await makeToken()).data).toEqual({ token: "t" });
  expect(ended).not.toHaveBeenCalled();
});
