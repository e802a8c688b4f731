import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import type { RoleTable } from "@/features/roles/role-documents";
import { RoleMatrix } from "@/features/roles/role-matrix";
import { groupsOf } from "@/features/roles/role-words";
import { Around } from "@/testing/fake-live";
import { type Answer, fakeServer, refused } from "@/testing/fake-server";

const actions = [
  { action: "peer:create", what: "Make a peer" },
  { action: "tunnel:dig", what: "Dig" },
];
const table: RoleTable = {
  actions,
  roles: [
    {
      role: "viewer",
      what: "Sees what runs.",
      permissions: [{ action: "peer:create", may: "no", why: "Viewers change nothing." }],
    },
    {
      role: "member",
      what: "Has peers of their own.",
      permissions: [{ action: "peer:create", may: "own", why: "Only what is their own." }],
    },
  ],
};

function show(answer: Answer, own: string | null = "viewer") {
  fakeServer({ "GET /api/v1/roles": answer });
  render(
    <Around>
      <RoleMatrix own={own} />
    </Around>,
  );
}

const cellsOf = (action: string) =>
  within(screen.getByRole("row", { name: new RegExp(`^${action}`) }))
    .getAllByRole("cell")
    .map((cell) => cell.textContent);

test("tells who may do what, and why for one's own role first, then for the one that is chosen", async () => {
  show(table);
  await screen.findByRole("table", { name: "Who may do what" });
  expect(cellsOf("Make a peer")).toEqual(["–no", "ownown", "Viewers change nothing."]);
  await userEvent.click(screen.getByRole("button", { name: "member" }));
  expect(screen.getByText("Has peers of their own.")).toBeTruthy();
  expect(cellsOf("Make a peer")[2]).toBe("Only what is their own.");
});

test("an action that is said of nobody is nobody's, and none is left out", async () => {
  show(table);
  await screen.findByRole("table", { name: "Who may do what" });
  expect(cellsOf("Dig")).toEqual(["–no", "–no", ""]);
  expect(groupsOf(actions).map(({ name }) => name)).toEqual(["Peers", "More"]);
});

test("says what failed", async () => {
  show(refused(503, "The database does not answer."));
  expect((await screen.findByRole("alert")).textContent).toContain("The database does not answer.");
});
