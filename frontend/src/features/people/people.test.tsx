import { useQuery } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { waitingChangeQuery } from "@/api/waiting-change";
import { InviteDialog } from "@/features/people/invite-dialog";
import { PeopleView } from "@/features/people/people-view";
import type { Person } from "@/features/people/person-documents";
import { RoleHolders } from "@/features/people/role-holders";
import { Around, fakeLive } from "@/testing/fake-live";
import { type Answer, fakeServer, refused, wrongFields } from "@/testing/fake-server";
import { AT } from "@/testing/frames";

const LIST = "GET /api/v1/users?limit=100";
const BELOW = ["operator", "viewer", "member"];
const ALL = ["user:update", "user:delete", "user:invite", "user:reset", "role:update", "factor:reset"];
const places = [
  { scope: "interface:i1", name: "wg-office" },
  { scope: "interface:i2", name: "wg-home" },
];
const moment = (seconds: number) => new Date((AT + seconds) * 1000).toISOString();

function person(fields: Partial<Person> = {}): Person {
  return {
    id: "u2",
    email: "bob@example.net",
    name: "Bob",
    role: "viewer",
    bindings: [{ role: "viewer", scope: "interface:i1" }],
    enabled: true,
    peer_limit: null,
    peer_count: 0,
    created_at: moment(-9000),
    joined_at: moment(-8000),
    invited_until: null,
    seen_at: moment(-120),
    has_second_factor: false,
    version: 7,
    can: ALL,
    ...fields,
  };
}

const me = person({ id: "u1", email: "ada@example.net", name: "Ada", role: "owner", can: ALL });
const list = (...items: Person[]) => ({ items, next_cursor: null, grantable: BELOW });

function show(answers: Record<string, Answer>) {
  const asked = fakeServer(answers);
  render(
    <Around live={fakeLive()}>
      <PeopleView userId="u1" places={places} />
    </Around>,
  );
  return asked;
}

async function choose(entry: string, name = "Bob") {
  await userEvent.click(await screen.findByRole("button", { name: `More about ${name}` }));
  await userEvent.click(screen.getByRole("button", { name: entry }));
}

const rowOf = (name: string) => within(screen.getByRole("row", { name: new RegExp(`^${name}`) }));
const textsOf = (name: string) =>
  rowOf(name)
    .getAllByRole("cell")
    .map((cell) => cell.textContent);

test("tells what each may, of what by its name, and when they were last there", async () => {
  const both = [
    { role: "operator", scope: "node:berlin" },
    { role: "member", scope: "*" },
  ] as const;
  const invited = person({
    id: "u3",
    name: "Eve",
    joined_at: null,
    seen_at: null,
    invited_until: moment(60),
  });
  const late = person({ id: "u4", name: "Max", joined_at: null, seen_at: null, invited_until: moment(-60) });
  const off = person({ id: "u5", name: "Otto", enabled: false, seen_at: null, bindings: [] });
  show({
    [LIST]: list(me, person({ bindings: [...both], peer_limit: 3, peer_count: 2 }), invited, late, off),
  });
  await screen.findByRole("table", { name: "People" });
  expect(textsOf("Bob").slice(0, 4)).toEqual([
    "operator of all of berlinmember",
    "no",
    "2 of 3 peers",
    "2 min ago",
  ]);
  expect(textsOf("Eve")[0]).toBe("viewer of wg-office");
  expect(rowOf("Eve").getByText("invited")).toBeTruthy();
  expect(rowOf("Max").getByText("invitation over")).toBeTruthy();
  expect(rowOf("Otto").getByText("disabled")).toBeTruthy();
  expect(textsOf("Otto")[0]).toBe("nothing");
  expect(screen.queryByRole("button", { name: "More about Ada" })).toBeNull();
});

test("offers nothing to do with whoever stands above, and says why", async () => {
  show({ [LIST]: list(me, person({ can: [] })) });
  expect(await screen.findByText(/changed by an owner alone/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "More about Bob" })).toBeNull();
});

test("offers only what is of use now, and what one may", async () => {
  show({ [LIST]: list(me, person({ joined_at: null, can: ["user:invite", "user:update"] })) });
  await userEvent.click(await screen.findByRole("button", { name: "More about Bob" }));
  expect(
    rowOf("Bob")
      .getAllByRole("button")
      .map((each) => each.textContent),
  ).toEqual(["", "Name and peer limit", "Invite again", "Disable"]);
});

test("alone, says what an invitation is; and what failed", async () => {
  show({ [LIST]: list(me) });
  expect(await screen.findByText(/Nobody else is here yet/)).toBeTruthy();
  expect(screen.queryByRole("searchbox")).toBeNull();
});

test("says what failed", async () => {
  show({ [LIST]: refused(503, "The database does not answer.") });
  expect((await screen.findByRole("alert")).textContent).toContain("The database does not answer.");
});

test("where many are, the server searches them", async () => {
  const many = Array.from({ length: 9 }, (_, n) => person({ id: `p${n}`, name: `Bob ${n}` }));
  show({ [LIST]: list(...many), "GET /api/v1/users?q=x&limit=100": list() });
  await userEvent.type(await screen.findByRole("searchbox", { name: "Search people" }), "x");
  expect(await screen.findByText("Nobody is like that.")).toBeTruthy();
});

function showInvite(answers: Record<string, Answer>) {
  const asked = fakeServer(answers);
  const onClose = vi.fn();
  render(
    <Around live={fakeLive()}>
      <InviteDialog grantable={["operator", "viewer", "member"]} places={places} onClose={onClose} />
    </Around>,
  );
  return { asked, onClose };
}

test("somebody is invited to one interface, and the link is shown once, with how long it is good", async () => {
  const link = { link: "https://vpn.example.net/join#secret", expires_at: moment(259_200), user: person() };
  const { asked, onClose } = showInvite({ "POST /api/v1/users": [201, link] });
  await userEvent.type(screen.getByLabelText("E-mail"), "bob@example.net");
  await userEvent.type(screen.getByLabelText("Name"), "Bob");
  await userEvent.selectOptions(screen.getByLabelText("Role"), "operator");
  await userEvent.selectOptions(screen.getByLabelText("Of"), "wg-home");
  await userEvent.click(screen.getByRole("button", { name: "Make invitation" }));
  expect(await screen.findByText("https://vpn.example.net/join#secret")).toBeTruthy();
  expect(asked[0]?.body).toEqual({
    email: "bob@example.net",
    name: "Bob",
    bindings: [{ role: "operator", scope: "interface:i2" }],
    peer_limit: null,
  });
  expect(screen.getByText(/shown now and never again/)).toBeTruthy();
  expect(screen.getByText(/It is good once, until/)).toBeTruthy();
  expect(screen.getByRole("button", { name: "Copy link" })).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Done" }));
  expect(onClose).toHaveBeenCalled();
});

test("members have a limit, nobody is given more than one may, and what is wrong is said at its field", async () => {
  const { asked } = showInvite({
    "POST /api/v1/users": wrongFields({ field: "email", message: "Somebody has this address already." }),
  });
  expect(within(screen.getByLabelText("Role")).queryByRole("option", { name: /^Admin/ })).toBeNull();
  expect(screen.queryByLabelText("Peers that they may make")).toBeNull();
  await userEvent.selectOptions(screen.getByLabelText("Role"), "member");
  await userEvent.type(screen.getByLabelText("Peers that they may make"), "2");
  await userEvent.type(screen.getByLabelText("E-mail"), "bob@example.net");
  await userEvent.type(screen.getByLabelText("Name"), "Bob");
  await userEvent.click(screen.getByRole("button", { name: "Make invitation" }));
  expect(await screen.findByText("Somebody has this address already.")).toBeTruthy();
  expect(asked[0]?.body).toMatchObject({ bindings: [{ role: "member", scope: "*" }], peer_limit: 2 });
});

test("roles are given and taken for the version that was looked at", async () => {
  const asked = show({ [LIST]: list(me, person()), "PUT /api/v1/users/u2/bindings": { items: [] } });
  await choose("Roles");
  await userEvent.click(screen.getByRole("button", { name: "Add role" }));
  await userEvent.selectOptions(screen.getByLabelText("Role 2"), "operator");
  await userEvent.selectOptions(screen.getByLabelText("Of 2"), "wg-home");
  await userEvent.click(screen.getByRole("button", { name: "Remove role 1" }));
  await userEvent.click(screen.getByRole("button", { name: "Save roles" }));
  await expect.poll(() => screen.queryByRole("dialog")).toBeNull();
  const put = asked.find(({ method }) => method === "PUT");
  expect(put?.body).toEqual({ bindings: [{ role: "operator", scope: "interface:i2" }] });
  expect(put?.headers.get("If-Match")).toBe('"7"');
});

test("roles that somebody else changed meanwhile are shown, and not overwritten unseen", async () => {
  const newest = person({ version: 8, bindings: [{ role: "member", scope: "*" }] });
  let tries = 0;
  const asked = show({
    [LIST]: list(me, person()),
    "GET /api/v1/users/u2": newest,
    "PUT /api/v1/users/u2/bindings": () => {
      tries += 1;
      return tries === 1 ? refused(412, "Changed meanwhile.") : { items: [] };
    },
  });
  await choose("Roles");
  await userEvent.selectOptions(screen.getByLabelText("Role"), "operator");
  await userEvent.click(screen.getByRole("button", { name: "Save roles" }));
  const notice = await screen.findByRole("alert");
  expect(notice.textContent).toContain("changed Bob meanwhile");
  expect(notice.textContent).toContain("theirsmember");
  expect(notice.textContent).toContain("yoursoperator of wg-office");
  await userEvent.click(screen.getByRole("button", { name: "Save roles" }));
  await expect.poll(() => screen.queryByRole("dialog")).toBeNull();
  expect(
    asked
      .filter(({ method }) => method === "PUT")
      .at(-1)
      ?.headers.get("If-Match"),
  ).toBe('"8"');
});

test("a limit that somebody else changed meanwhile stands beside what was typed", async () => {
  show({
    [LIST]: list(me, person({ peer_limit: 2 })),
    "GET /api/v1/users/u2": person({ version: 8, peer_limit: 5 }),
    "PATCH /api/v1/users/u2": refused(412, "Changed meanwhile."),
  });
  await choose("Name and peer limit");
  const field = screen.getByLabelText("Peers that they may make");
  await userEvent.clear(field);
  await userEvent.type(field, "3");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect((await screen.findByRole("alert")).textContent).toContain("theirs5yours3");
  expect(screen.getByLabelText<HTMLInputElement>("Peers that they may make").value).toBe("3");
});

test("only what was typed is changed, and an empty limit is none", async () => {
  const asked = show({
    [LIST]: list(me, person({ peer_limit: 2 })),
    "PATCH /api/v1/users/u2": { ...person(), waiting: [] },
  });
  await choose("Name and peer limit");
  await userEvent.clear(screen.getByLabelText("Peers that they may make"));
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await expect.poll(() => screen.queryByRole("dialog")).toBeNull();
  expect(asked.find(({ method }) => method === "PATCH")?.body).toEqual({ peer_limit: null });
});

test("whoever is disabled loses their peers too, unless one keeps them", async () => {
  const asked = show({
    [LIST]: list(me, person({ peer_count: 2 })),
    "PATCH /api/v1/users/u2": { ...person(), waiting: [] },
  });
  await choose("Disable");
  expect(screen.getByRole("group", { name: "Their 2 peers" })).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Disable" }));
  await expect.poll(() => screen.queryByRole("dialog")).toBeNull();
  expect(asked.find(({ method }) => method === "PATCH")?.body).toEqual({
    enabled: false,
    disable_peers: true,
  });
});

function Waits() {
  return <p>waits: {useQuery(waitingChangeQuery("i1")).data?.nonce ?? "nothing"}</p>;
}

test("what may cut off whoever disables somebody's peers waits to be kept by this page", async () => {
  const confirm = { nonce: "n1", deadline_at: moment(60), seconds: 60 };
  const waiting = [{ interface_id: "i1", interface: "wg-office", confirm }];
  fakeServer({
    [LIST]: list(me, person({ peer_count: 1 })),
    "PATCH /api/v1/users/u2": { ...person({ enabled: false }), waiting },
  });
  render(
    <Around live={fakeLive()}>
      <PeopleView userId="u1" places={places} />
      <Waits />
    </Around>,
  );
  await choose("Disable");
  await userEvent.click(screen.getByRole("button", { name: "Disable" }));
  expect(await screen.findByText("waits: n1")).toBeTruthy();
});

test("removing says what becomes of their peers, and what the server says against it", async () => {
  const asked = show({
    [LIST]: list(me, person({ peer_count: 1 })),
    "DELETE /api/v1/users/u2?peers=keep": refused(409, "This is the last owner."),
  });
  await choose("Remove");
  expect(screen.getByText(/Their peers stay, without an owner/)).toBeTruthy();
  await userEvent.click(screen.getByRole("radio", { name: /^Keep as they are/ }));
  await userEvent.click(screen.getByRole("button", { name: "Remove Bob" }));
  expect((await screen.findByRole("alert")).textContent).toContain("This is the last owner.");
  expect(asked.at(-1)?.headers.get("If-Match")).toBe('"7"');
});

test("a link for a new password is made after a word, and shown once", async () => {
  show({
    [LIST]: list(me, person()),
    "POST /api/v1/users/u2/reset": { link: "https://vpn.example.net/reset#s", expires_at: moment(1800) },
  });
  await choose("Link for a new password");
  await userEvent.click(screen.getByRole("button", { name: "Make link" }));
  expect(await screen.findByText("https://vpn.example.net/reset#s")).toBeTruthy();
});

test("second factors are reset where there are some", async () => {
  const asked = show({
    [LIST]: list(me, person({ has_second_factor: true })),
    "DELETE /api/v1/users/u2/factors": [204, null],
  });
  await choose("Reset second factors");
  await userEvent.click(screen.getByRole("button", { name: "Reset second factors" }));
  await expect.poll(() => screen.queryByRole("dialog")).toBeNull();
  expect(asked.some(({ path }) => path === "/api/v1/users/u2/factors")).toBe(true);
});

test("shows where somebody is signed in, and signs them out there", async () => {
  const session = {
    id: "s1",
    is_current: false,
    created_at: moment(-900),
    seen_at: moment(-60),
    address: "192.0.2.9",
    browser: "Firefox on Linux",
    amr: ["pwd"],
  };
  let items = [session];
  show({
    [LIST]: list(me, person()),
    "GET /api/v1/users/u2/sessions": () => ({ items }),
    "DELETE /api/v1/users/u2/sessions/s1": () => {
      items = [];
      return [204, null];
    },
  });
  await choose("Where they are signed in");
  await userEvent.click(
    await screen.findByRole("button", { name: "Sign out there: Firefox on Linux from 192.0.2.9" }),
  );
  expect(await screen.findByText("Nowhere.")).toBeTruthy();
});

test("tells who holds which role, and of what", async () => {
  fakeServer({ [LIST]: list(me, person()) });
  render(
    <Around live={fakeLive()}>
      <RoleHolders places={places} />
    </Around>,
  );
  const viewers = (await screen.findByText("viewer")).closest("div");
  expect(viewers?.textContent).toContain("Bob wg-office");
  expect(screen.getByText("operator").closest("div")?.textContent).toContain("Nobody");
});
