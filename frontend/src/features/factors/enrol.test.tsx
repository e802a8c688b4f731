import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { Enrol } from "@/features/factors/enrol";
import { Around } from "@/testing/fake-live";
import { type Answer, fakeServer } from "@/testing/fake-server";

const TOTP = { totp: { secret: "ABCDEFGH", uri: "otpauth://totp/Sentra?secret=ABCDEFGH" } };

function show(answers: Record<string, Answer>) {
  fakeServer(answers);
  const [onDone, onSignOut] = [vi.fn(), vi.fn()];
  render(
    <Around>
      <Enrol onDone={onDone} onSignOut={onSignOut} />
    </Around>,
  );
  return { onDone, onSignOut };
}

async function press(name: string) {
  await userEvent.click(await screen.findByRole("button", { name }));
}

test("goes on once the codes are kept", async () => {
  const { onDone } = show({
    "POST /api/v1/factors": TOTP,
    "POST /api/v1/factors/confirm": { recovery_codes: ["aaaa-bbbb"] },
  });
  await press("Set up");
  await userEvent.type(await screen.findByLabelText("Code"), "123456");
  await press("Confirm");
  expect(await screen.findByText("aaaa-bbbb")).toBeTruthy();
  expect(onDone).not.toHaveBeenCalled();
  await press("Go on");
  expect(onDone).toHaveBeenCalledOnce();
});

test("whoever took too long signs in again", async () => {
  const { onSignOut } = show({
    "POST /api/v1/factors": [403, { type: "urn:sentra:problem:step-up-required", status: 403 }],
  });
  await press("Set up");
  expect(await screen.findByText("This took more than five minutes.")).toBeTruthy();
  await press("Sign in again");
  expect(onSignOut).toHaveBeenCalledOnce();
});
