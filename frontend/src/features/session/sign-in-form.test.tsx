import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { SignInForm } from "@/features/session/sign-in-form";
import { fakeFetch } from "@/testing/fake-fetch";
import { Around } from "@/testing/fake-live";

const SESSION = {
  user: { id: "1", email: "ada@example.net", name: "Ada", role: "owner" },
  can: ["status:read"],
};

const onSecondStep = vi.fn();

async function signIn(password = "copper lantern fjord") {
  const onSignedIn = vi.fn();
  render(
    <Around>
      <SignInForm onSignedIn={onSignedIn} onSecondStep={onSecondStep} />
    </Around>,
  );
  await userEvent.type(screen.getByLabelText("E-mail"), "ada@example.net ");
  await userEvent.type(screen.getByLabelText("Password"), password);
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
  return onSignedIn;
}

test("signs in with what was typed and the header that the server asks for", async () => {
  const asked = fakeFetch(200, SESSION);
  const onSignedIn = await signIn();
  await vi.waitFor(() => expect(onSignedIn.mock.calls[0]?.[0]).toEqual(SESSION));
  expect(asked[0]).toMatchObject({
    method: "POST",
    path: "/api/v1/session",
    body: { email: "ada@example.net", password: "copper lantern fjord" },
  });
  expect(asked[0]?.headers.get("X-Sentra-CSRF")).toBe("1");
  expect(asked[0]?.headers.get("Content-Type")).toBe("application/json");
});

test("says that they do not match, not which of them is wrong", async () => {
  fakeFetch(401, { type: "about:blank", title: "Wrong", status: 401 });
  await signIn();
  expect((await screen.findByRole("alert")).textContent).toContain("E-mail and password do not match");
});

test("waits as long as the server asks, and says how long", async () => {
  fakeFetch(429, { type: "about:blank", title: "Too many", status: 429 }, { "Retry-After": "20" });
  await signIn();
  expect((await screen.findByRole("alert")).textContent).toContain("try again in 20 s");
  expect(screen.getByRole("button", { name: "Wait 20 s" })).toHaveProperty("disabled", true);
});

test("a password never becomes an attribute", async () => {
  fakeFetch(401, { type: "about:blank", title: "Wrong", status: 401 });
  await signIn("a password to look for");
  await screen.findByRole("alert");
  expect(document.documentElement.outerHTML).not.toContain("a password to look for");
});

test("goes on to the second step where one is due, and says nothing of a wrong password", async () => {
  onSecondStep.mockReset();
  fakeFetch(401, {
    type: "urn:sentra:problem:second-factor-required",
    status: 401,
    methods: ["totp", "recovery"],
    transaction: "t1",
  });
  await signIn();
  await vi.waitFor(() =>
    expect(onSecondStep.mock.calls[0]?.[0]).toEqual({ transaction: "t1", methods: ["totp", "recovery"] }),
  );
  expect(screen.queryByRole("alert")).toBeNull();
});

test("offers no passkey where the browser has none", async () => {
  fakeFetch(401, { title: "Wrong" });
  await signIn();
  expect(screen.queryByRole("button", { name: "Use a passkey" })).toBeNull();
});
