import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { LinkForm } from "@/features/links/link-form";
import { fakeFetch } from "@/testing/fake-fetch";
import { Around } from "@/testing/fake-live";

const opened = {
  purpose: "join" as const,
  email: "bob@example.net",
  name: "Bob",
  expires_at: "2026-11-26T12:00:00Z",
};

async function fillIn(purpose: "join" | "reset", password: string) {
  const onDone = vi.fn();
  render(
    <Around>
      <LinkForm
        purpose={purpose}
        token="secret-of-the-link"
        opened={{ ...opened, purpose }}
        onDone={onDone}
      />
    </Around>,
  );
  await userEvent.type(screen.getByLabelText(purpose === "join" ? "Password" : "New password"), password);
  await userEvent.click(screen.getByRole("button", { name: /Join|Set the password/ }));
  return onDone;
}

test("somebody who is new gives a name and a password", async () => {
  const asked = fakeFetch(200, { email: opened.email });
  const onDone = await fillIn("join", "copper lantern fjord");
  await vi.waitFor(() => expect(onDone).toHaveBeenCalled());
  expect(asked[0]?.body).toEqual({
    token: "secret-of-the-link",
    name: "Bob",
    password: "copper lantern fjord",
  });
});

test("somebody who lost a password gives a new one, and nothing else", async () => {
  const asked = fakeFetch(200, { email: opened.email });
  const onDone = await fillIn("reset", "copper lantern fjord");
  await vi.waitFor(() => expect(onDone).toHaveBeenCalled());
  expect(asked[0]?.body).toEqual({ token: "secret-of-the-link", password: "copper lantern fjord" });
});

test("what is wrong is said at its field, and what is too short is not sent", async () => {
  const errors = [{ field: "password", code: "common", message: "This password is a common one." }];
  const asked = fakeFetch(422, { type: "about:blank", title: "No", status: 422, errors });
  await fillIn("join", "short");
  expect(screen.getByText("Use at least 12 characters.")).toBeTruthy();
  expect(asked).toEqual([]);
  await userEvent.type(screen.getByLabelText("Password"), " but much longer");
  await userEvent.click(screen.getByRole("button", { name: "Join" }));
  expect(await screen.findByText("This password is a common one.")).toBeTruthy();
});
