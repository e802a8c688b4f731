import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { ProviderReturn } from "@/features/providers/provider-return";
import { SignInButtons } from "@/features/providers/sign-in-buttons";
import { Around } from "@/testing/fake-live";
import { type Answer, fakeServer, refused } from "@/testing/fake-server";

const WAYS = { items: [{ id: "p1", name: "Keycloak" }] };
const SESSION = { user: { id: "1", email: "b@example.net", name: "B", role: "viewer" }, can: [] };

function show(answers: Record<string, Answer>) {
  const asked = fakeServer(answers);
  const leave = vi.fn();
  render(
    <Around>
      <SignInButtons returnTo="/audit" leave={leave} />
    </Around>,
  );
  return { asked, leave };
}

test("goes to the provider, with where to return to", async () => {
  const { asked, leave } = show({
    "GET /api/v1/session/providers": WAYS,
    "POST /api/v1/session/providers/p1": { location: "https://id.example.com/auth?state=x" },
  });
  await userEvent.click(await screen.findByRole("button", { name: "Sign in by Keycloak" }));
  await vi.waitFor(() => expect(leave.mock.calls[0]?.[0]).toBe("https://id.example.com/auth?state=x"));
  expect(asked[1]?.body).toEqual({ return_to: "/audit" });
});

test("shows nothing where there is no provider, or the list cannot be read", async () => {
  const { asked } = show({ "GET /api/v1/session/providers": { items: [] } });
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  expect(screen.queryByText("or")).toBeNull();
});

test("a provider that does not answer is said, and can be tried again", async () => {
  show({
    "GET /api/v1/session/providers": WAYS,
    "POST /api/v1/session/providers/p1": refused(502, "Keycloak does not answer as it should right now."),
  });
  await userEvent.click(await screen.findByRole("button", { name: "Sign in by Keycloak" }));
  expect((await screen.findByRole("alert")).textContent).toContain("does not answer");
  expect(screen.getByRole("button", { name: "Sign in by Keycloak" })).toHaveProperty("disabled", false);
});

test("whoever comes back is signed in by one request", async () => {
  const asked = fakeServer({ "POST /api/v1/session/provider": SESSION });
  const onSignedIn = vi.fn();
  render(
    <Around>
      <ProviderReturn onSignedIn={onSignedIn} />
    </Around>,
  );
  await vi.waitFor(() => expect(onSignedIn.mock.calls[0]?.[0]).toEqual(SESSION));
  expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual(["POST /api/v1/session/provider"]);
});

test("whoever may not come in is told so in the words of the server", async () => {
  fakeServer({ "POST /api/v1/session/provider": refused(403, "You have no account here.") });
  render(
    <Around>
      <ProviderReturn onSignedIn={vi.fn()} />
    </Around>,
  );
  expect((await screen.findByRole("alert")).textContent).toContain("You have no account here.");
});
