import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { NewTokenDialog } from "@/features/tokens/new-token-dialog";
import type { ApiToken } from "@/features/tokens/token-documents";
import { TokensView } from "@/features/tokens/tokens-view";
import { Around, fakeLive } from "@/testing/fake-live";
import { type Answer, fakeServer, refused, wrongFields } from "@/testing/fake-server";
import { AT } from "@/testing/frames";

const moment = (seconds: number) => new Date((AT + seconds) * 1000).toISOString();

function apiToken(fields: Partial<ApiToken> = {}): ApiToken {
  return {
    id: "t1",
    user_id: "u1",
    user_email: "ada@example.net",
    name: "ci",
    actions: ["interface:read", "peer:read"],
    scope: "interface:i1",
    created_at: moment(-3600),
    expires_at: moment(90 * 86_400),
    used_at: null,
    used_from: "",
    ...fields,
  };
}

const list = (items: ApiToken[], fields: object = {}) => ({
  items,
  grantable: ["interface:read", "peer:read", "peer:create"],
  can: [],
  ...fields,
});
const places = [{ scope: "interface:i1", name: "wg0" }];

function show(answers: Record<string, Answer>) {
  const asked = fakeServer(answers);
  render(
    <Around live={fakeLive()}>
      <TokensView userId="u1" places={places} newToken={<button type="button">New token</button>} />
    </Around>,
  );
  return asked;
}

function showDialog(answers: Record<string, Answer>) {
  const asked = fakeServer(answers);
  const onClose = vi.fn();
  render(
    <Around live={fakeLive()}>
      <NewTokenDialog grantable={["peer:read", "peer:create"]} places={places} onClose={onClose} />
    </Around>,
  );
  return { asked, onClose };
}

const cells = (name: string) =>
  within(screen.getByRole("row", { name: new RegExp(name) }))
    .getAllByRole("cell")
    .map((cell) => cell.textContent);

test("tells what each token may do, where, until when, and when it was used", async () => {
  const used = apiToken({
    id: "t2",
    name: "backup",
    used_at: moment(-120),
    used_from: "192.0.2.7",
    scope: "*",
  });
  show({
    "GET /api/v1/tokens": list([
      apiToken(),
      used,
      apiToken({ id: "t3", name: "old", expires_at: moment(-1) }),
    ]),
  });
  await screen.findByRole("table", { name: "Your tokens" });
  expect(cells("ci")).toEqual(["Interfaces: see · Peers: see", "wg0", "in 90 d", "never", "Revoke"]);
  expect(cells("backup").slice(1, 4)).toEqual(["everywhere", "in 90 d", "2 min agofrom 192.0.2.7"]);
  expect(cells("old")[2]).toBe("over");
  expect(screen.queryByRole("heading", { name: "Tokens of others" })).toBeNull();
});

test("is empty with the button that ends it, or says why there is none", async () => {
  show({ "GET /api/v1/tokens": list([]) });
  expect(await screen.findByText(/lets a program use the API in your name/)).toBeTruthy();
  expect(screen.getByRole("button", { name: "New token" })).toBeTruthy();
});

test("says what failed", async () => {
  show({ "GET /api/v1/tokens": refused(503, "The database does not answer.") });
  expect((await screen.findByRole("alert")).textContent).toContain("The database does not answer.");
});

test("whoever looks after people sees whose the others are, and not their own twice", async () => {
  const theirs = apiToken({ id: "t9", user_id: "u2", user_email: "bob@example.net", name: "nightly" });
  show({
    "GET /api/v1/tokens": list([apiToken()], { can: ["token:read", "token:revoke"] }),
    "GET /api/v1/tokens?of_all=true": list([theirs, apiToken()]),
  });
  const others = within(await screen.findByRole("table", { name: "Tokens of others" }));
  expect(others.getAllByRole("rowheader").map((each) => each.textContent)).toEqual(["nightly"]);
  expect(others.getByText("bob@example.net")).toBeTruthy();
  expect(others.getByRole("button", { name: "Revoke nightly" })).toBeTruthy();
});

test("a token is revoked after a word, and then read again", async () => {
  let tokens = [apiToken()];
  const asked = show({
    "GET /api/v1/tokens": () => list(tokens),
    "DELETE /api/v1/tokens/t1": () => {
      tokens = [];
      return [204, null];
    },
  });
  await userEvent.click(await screen.findByRole("button", { name: "Revoke ci" }));
  expect(asked.map(({ method }) => method)).toEqual(["GET"]);
  await userEvent.click(screen.getByRole("button", { name: "Revoke token" }));
  expect(await screen.findByText(/lets a program use the API/)).toBeTruthy();
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("a token is made for what was chosen, for 90 days unless others are, and shown once", async () => {
  const made = {
    ...apiToken({ name: "ci", actions: ["peer:create", "peer:read"] }),
    token: "sentra_pat_secret",
  };
  const { asked, onClose } = showDialog({ "POST /api/v1/tokens": [201, made] });
  await userEvent.type(screen.getByLabelText("Name"), "ci");
  await userEvent.click(screen.getByRole("checkbox", { name: "Make new ones" }));
  await userEvent.selectOptions(screen.getByLabelText("Where"), "wg0");
  await userEvent.click(screen.getByRole("button", { name: "Make token" }));
  expect(await screen.findByText("sentra_pat_secret")).toBeTruthy();
  expect(asked[0]?.body).toEqual({ name: "ci", actions: ["peer:create"], scope: "interface:i1", days: 90 });
  expect(screen.getByText(/^curl -sS .*interfaces\/i1\/peers/)).toBeTruthy();
  expect(screen.getByRole("button", { name: "Copy token" })).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Done" }));
  expect(onClose).toHaveBeenCalled();
});

test("a token for nothing is not asked for, and what is wrong is said at its field", async () => {
  const { asked } = showDialog({
    "POST /api/v1/tokens": wrongFields({ field: "actions.0", message: "Not by you." }),
  });
  await userEvent.type(screen.getByLabelText("Name"), "ci");
  await userEvent.click(screen.getByRole("button", { name: "Make token" }));
  expect(screen.getByText("Choose what the token is for.")).toBeTruthy();
  expect(asked).toEqual([]);
  await userEvent.click(screen.getByRole("checkbox", { name: "See them" }));
  await userEvent.click(screen.getByRole("button", { name: "Make token" }));
  expect(await screen.findByText("Not by you.")).toBeTruthy();
});
