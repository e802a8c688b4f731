import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import type { OpenSession } from "@/features/sessions/session-documents";
import { SessionList } from "@/features/sessions/session-list";
import { Around, fakeLive } from "@/testing/fake-live";
import { type Answer, fakeServer, refused } from "@/testing/fake-server";
import { AT } from "@/testing/frames";

const moment = (seconds: number) => new Date((AT + seconds) * 1000).toISOString();

function openSession(fields: Partial<OpenSession> = {}): OpenSession {
  return {
    id: "s1",
    is_current: false,
    created_at: moment(-7200),
    seen_at: moment(-180),
    address: "192.0.2.7",
    browser: "Firefox on Linux",
    amr: ["pwd"],
    ...fields,
  };
}

const here = openSession({ id: "s0", is_current: true, browser: "Chrome on Android", amr: ["pwd", "otp"] });

function show(answers: Record<string, Answer>) {
  const asked = fakeServer(answers);
  render(
    <Around live={fakeLive()}>
      <SessionList />
    </Around>,
  );
  return asked;
}

const lines = () =>
  within(screen.getByRole("list", { name: "Sessions" }))
    .getAllByRole("listitem")
    .map((line) => line.querySelector("div")?.textContent);

test("tells where one is signed in, how, and which of them is this one", async () => {
  show({
    "GET /api/v1/sessions": { items: [here, openSession(), openSession({ id: "s2", browser: "unknown" })] },
  });
  await screen.findByText("Firefox on Linux");
  expect(lines()).toEqual([
    "Chrome on Android this onefrom 192.0.2.7, in use, signed in 2 h ago by password and code",
    "Firefox on Linux from 192.0.2.7, last seen 3 min ago, signed in 2 h ago by password",
    "A browser that does not say what it is from 192.0.2.7, last seen 3 min ago, signed in 2 h ago by password",
  ]);
});

test("signs out there, and reads the list again", async () => {
  let items = [here, openSession()];
  const asked = show({
    "GET /api/v1/sessions": () => ({ items }),
    "DELETE /api/v1/sessions/s1": () => {
      items = [here];
      return [204, null];
    },
  });
  await userEvent.click(
    await screen.findByRole("button", { name: "Sign out there: Firefox on Linux from 192.0.2.7" }),
  );
  await expect.poll(() => screen.queryByText("Firefox on Linux")).toBeNull();
  expect(asked.map(({ method }) => method)).toEqual(["GET", "DELETE", "GET"]);
  expect(screen.queryByRole("button", { name: /Sign out/ })).toBeNull();
});

test("signs out everywhere else at once", async () => {
  let items = [here, openSession(), openSession({ id: "s2" })];
  show({
    "GET /api/v1/sessions": () => ({ items }),
    "DELETE /api/v1/sessions": () => {
      items = [here];
      return [204, null];
    },
  });
  await userEvent.click(await screen.findByRole("button", { name: "Sign out everywhere else" }));
  await expect.poll(() => lines().length).toBe(1);
});

test("says what failed, and shows the list as it is", async () => {
  show({
    "GET /api/v1/sessions": { items: [here, openSession()] },
    "DELETE /api/v1/sessions/s1": refused(404, "There is no such session."),
  });
  await userEvent.click(await screen.findByRole("button", { name: /^Sign out there/ }));
  expect((await screen.findByRole("alert")).textContent).toContain("There is no such session.");
});
