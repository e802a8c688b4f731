import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import type { Keys } from "@/features/policies/key-documents";
import { KeysSection } from "@/features/policies/keys-section";
import { Around } from "@/testing/fake-live";
import { type Answer, fakeServer, refused } from "@/testing/fake-server";

const keys = (signing: string, master: Partial<Keys["master"]> = {}): Keys => ({
  signing: { kid: signing },
  master: { id: "aa11", is_replacing: false, resealed: 0, ...master },
});

function show(answers: Record<string, Answer>, mayRotate = true) {
  const asked = fakeServer(answers);
  render(
    <Around>
      <KeysSection mayRotate={mayRotate} />
    </Around>,
  );
  return asked;
}

test("a key is rotated after what happens was said", async () => {
  let signing = "0001";
  const asked = show({
    "GET /api/v1/keys": () => keys(signing),
    "POST /api/v1/keys/rotate": () => {
      signing = "0002";
      return { kid: signing };
    },
  });
  await userEvent.click(await screen.findByRole("button", { name: "Rotate the signing key" }));
  const dialog = within(screen.getByRole("dialog"));
  expect(dialog.getByText(/stay good for their ten minutes/)).toBeTruthy();
  expect(asked.map(({ method }) => method)).toEqual(["GET"]);
  await userEvent.click(dialog.getByRole("button", { name: "Rotate" }));
  expect(await screen.findByText("0002")).toBeTruthy();
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("the master key is not replaced again while that goes on, which is told", async () => {
  let master: Partial<Keys["master"]> = {};
  show({
    "GET /api/v1/keys": () => keys("0001", master),
    "POST /api/v1/keys/master/rotate": () => {
      master = { id: "bb22", is_replacing: true, resealed: 7 };
      return [202, keys("0001", master).master];
    },
  });
  await userEvent.click(await screen.findByRole("button", { name: "Rotate the master key" }));
  expect(screen.getByText(/Backups that were made before/)).toBeTruthy();
  await userEvent.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Rotate" }));
  expect((await screen.findByRole("status")).textContent).toContain("7 sealed anew");
  expect(screen.queryByRole("button", { name: "Rotate the master key" })).toBeNull();
});

test("what is refused is said", async () => {
  show({
    "GET /api/v1/keys": keys("0001"),
    "POST /api/v1/keys/rotate": refused(409, "JWT_SECRET is set in the environment."),
  });
  await userEvent.click(await screen.findByRole("button", { name: "Rotate the signing key" }));
  await userEvent.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Rotate" }));
  expect((await screen.findByRole("alert")).textContent).toContain("JWT_SECRET is set");
});

test("whoever may only read sees the keys", async () => {
  show({ "GET /api/v1/keys": keys("0001") }, false);
  expect(await screen.findByText("0001")).toBeTruthy();
  expect(screen.queryByRole("button")).toBeNull();
});
