import { useQueryClient } from "@tanstack/react-query";
import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { type ReactNode, useState } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { rememberWaiting } from "@/api/waiting-change";
import { WaitingBanner } from "@/features/interfaces/waiting-banner";
import { interfaceDocument } from "@/testing/documents";
import { Around, fakeLive } from "@/testing/fake-live";
import { fakeServer, refused } from "@/testing/fake-server";
import { AT } from "@/testing/frames";

const DEADLINE = new Date((AT + 60) * 1000).toISOString();
const KEEP = "POST /api/v1/interfaces/i1/confirm";

afterEach(() => {
  vi.useRealTimers();
});

/** The page on which the change was made: its nonce is in memory. */
function MadeHere({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  useState(() => rememberWaiting(client, "i1", { nonce: "secret", deadline_at: DEADLINE, seconds: 60 }));
  return children;
}

function show(madeHere: boolean) {
  vi.useFakeTimers({ toFake: ["Date"], now: AT * 1000 });
  const time = { now: AT };
  const live = fakeLive(() => time.now);
  const banner = <WaitingBanner document={interfaceDocument({ confirm_until: DEADLINE })} />;
  render(<Around live={live}>{madeHere ? <MadeHere>{banner}</MadeHere> : banner}</Around>);
  return (seconds: number) => {
    time.now += seconds;
    vi.setSystemTime(time.now * 1000);
    act(() => live.store.tick());
  };
}

test("counts down, and may be kept from three seconds on", async () => {
  const asked = fakeServer({ [KEEP]: [204, null] });
  const wait = show(true);
  expect(screen.getByText("This change of wg0 is undone in 60 s")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Keep it (in 3 s)" }));
  expect(asked).toEqual([]);
  wait(18);
  expect(screen.getByText("This change of wg0 is undone in 42 s")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Keep it" }));
  expect(asked.find((each) => each.method === "POST")?.body).toEqual({ nonce: "secret" });
});

test("who has just made the change is taken to the button that keeps it", () => {
  fakeServer({});
  show(true);
  expect(document.activeElement).toBe(screen.getByRole("button", { name: /Keep it/ }));
});

test("says why it could not be kept, and lets one try again", async () => {
  fakeServer({ [KEEP]: refused(409, "It is too early to keep this change.") });
  const wait = show(true);
  wait(5);
  await userEvent.click(screen.getByRole("button", { name: "Keep it" }));
  expect(await screen.findByText("It is too early to keep this change.")).toBeTruthy();
  expect(
    screen.getByRole<HTMLButtonElement>("button", { name: "Keep it" }).getAttribute("aria-disabled"),
  ).toBeNull();
});

test("another page shows that it waits, and cannot keep it", () => {
  fakeServer({});
  show(false);
  expect(screen.getByText(/only the page on which it was made/)).toBeTruthy();
  expect(screen.queryByRole("button")).toBeNull();
});

test("says that it was undone, where nobody kept it", async () => {
  const asked = fakeServer({});
  const wait = show(true);
  wait(63);
  expect(screen.getByText(/was undone, because nobody kept it/)).toBeTruthy();
  expect(asked.every((each) => each.method === "GET")).toBe(true);
  await userEvent.click(screen.getByRole("button", { name: "Close" }));
  expect(screen.queryByText(/was undone/)).toBeNull();
});
