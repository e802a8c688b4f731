import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { type SecondStep, waysOf } from "@/features/session/second-step";
import { SecondStepForm } from "@/features/session/second-step-form";
import { Around } from "@/testing/fake-live";
import { type Answer, fakeServer } from "@/testing/fake-server";

const SESSION = { user: { id: "1", email: "ada@example.net", name: "Ada", role: "owner" }, can: [] };
const STEP: SecondStep = { transaction: "t1", methods: ["totp", "recovery"] };

function problem(code: string, detail: string): Answer {
  return [401, { type: `urn:sentra:problem:${code}`, title: "Not signed in", status: 401, detail }];
}

function show(answer: Answer, step = STEP) {
  const asked = fakeServer({ "POST /api/v1/session/second-factor": answer });
  const [onSignedIn, onOver] = [vi.fn(), vi.fn()];
  render(
    <Around>
      <SecondStepForm step={step} onSignedIn={onSignedIn} onOver={onOver} />
    </Around>,
  );
  return { asked, onSignedIn, onOver };
}

async function give(label: string, text: string) {
  await userEvent.type(screen.getByLabelText(label), text);
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
}

test("gives a code for the transaction", async () => {
  const { asked, onSignedIn } = show(SESSION);
  await give("Code", "123 456");
  await vi.waitFor(() => expect(onSignedIn.mock.calls[0]?.[0]).toEqual(SESSION));
  expect(asked[0]?.body).toEqual({ transaction: "t1", code: "123 456" });
});

test("takes a recovery code instead", async () => {
  const { asked, onSignedIn } = show(SESSION);
  await userEvent.click(screen.getByRole("button", { name: "Use a recovery code" }));
  await give("Recovery code", "abcd-efgh-ijkl-mnop");
  await vi.waitFor(() => expect(onSignedIn).toHaveBeenCalled());
  expect(asked[0]?.body).toEqual({ transaction: "t1", recovery_code: "abcd-efgh-ijkl-mnop" });
});

test("a wrong code is said at its field, and may be tried again", async () => {
  const { onOver } = show(problem("proof-wrong", "This code is wrong."));
  await give("Code", "000000");
  expect(await screen.findByText("This code is wrong.")).toBeTruthy();
  expect(document.activeElement).toBe(screen.getByLabelText("Code"));
  expect(onOver).not.toHaveBeenCalled();
});

test("what took too long begins anew, with a sentence", async () => {
  const { onOver } = show(problem("sign-in-over", "This took too long. Sign in once more."));
  await give("Code", "123456");
  await vi.waitFor(() => expect(onOver).toHaveBeenCalledWith("This took too long. Sign in once more."));
});

test("whoever has a passkey alone is told where this browser cannot use it", () => {
  const { onOver } = show(SESSION, { transaction: "t1", methods: ["passkey"] });
  expect(screen.getByRole("alert").textContent).toContain("cannot use passkeys here");
  screen.getByRole("button", { name: "Back" }).click();
  expect(onOver).toHaveBeenCalledWith(null);
});

test("a passkey comes first where there can be one", () => {
  const all: SecondStep = { transaction: "t1", methods: ["totp", "passkey", "recovery"] };
  expect(waysOf(all, true)).toEqual(["passkey", "totp", "recovery"]);
  expect(waysOf(all, false)).toEqual(["totp", "recovery"]);
});
