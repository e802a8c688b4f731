import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { SetupForm } from "@/features/setup/setup-form";
import { fakeFetch } from "@/testing/fake-fetch";
import { Around } from "@/testing/fake-live";

async function fillIn(password = "copper lantern fjord") {
  const onCreated = vi.fn(async () => undefined);
  const onAlreadyDone = vi.fn();
  render(
    <Around>
      <SetupForm token="secret-of-the-link" onCreated={onCreated} onAlreadyDone={onAlreadyDone} />
    </Around>,
  );
  await userEvent.type(screen.getByLabelText("E-mail"), "ada@example.net");
  await userEvent.type(screen.getByLabelText("Name"), "Ada");
  await userEvent.type(screen.getByLabelText("Password"), password);
  await userEvent.click(screen.getByRole("button", { name: "Create owner account" }));
  return { onCreated, onAlreadyDone };
}

const problem = (status: number, errors: object[] = []) => ({
  type: "about:blank",
  title: "No",
  status,
  detail: "This setup link has expired.",
  errors,
});

test("makes the owner with the secret of the link, and hands on what is needed to sign in", async () => {
  const asked = fakeFetch(201, { id: "1", email: "ada@example.net", name: "Ada", role: "owner" });
  const { onCreated } = await fillIn();
  await vi.waitFor(() => expect(onCreated).toHaveBeenCalledWith("ada@example.net", "copper lantern fjord"));
  expect(asked[0]?.body).toEqual({
    token: "secret-of-the-link",
    email: "ada@example.net",
    name: "Ada",
    password: "copper lantern fjord",
  });
});

test("does not ask the server about a password that is too short", async () => {
  const asked = fakeFetch(201, {});
  await fillIn("short");
  expect(screen.getByText("Use at least 12 characters.")).toBeTruthy();
  expect(asked).toEqual([]);
});

test("shows each of the server's errors at its field", async () => {
  const errors = [
    { field: "email", code: "taken", message: "This address has an account." },
    { field: "password", code: "common", message: "This password is a common one." },
  ];
  fakeFetch(422, problem(422, errors));
  await fillIn();
  expect(await screen.findByText("This address has an account.")).toBeTruthy();
  expect(screen.getByLabelText("E-mail").getAttribute("aria-invalid")).toBe("true");
  expect(screen.getByText("This password is a common one.")).toBeTruthy();
  expect(screen.queryByRole("alert")).toBeNull();
});

test("an expired link says how to get a new one", async () => {
  fakeFetch(410, problem(410));
  await fillIn();
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("expired");
  expect(alert.textContent).toContain("sentra setup-link");
});

test("a Sentra that is set up already says so", async () => {
  fakeFetch(409, problem(409));
  const { onAlreadyDone } = await fillIn();
  await vi.waitFor(() => expect(onAlreadyDone).toHaveBeenCalled());
});
