import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { AuditLog } from "@/features/audit/audit-log";
import { Around, fakeLive } from "@/testing/fake-live";
import { fakeServer } from "@/testing/fake-server";

const entry = {
  id: 9,
  at: "2026-11-23T12:00:00Z",
  actor_id: "u1",
  actor_name: "ada@example.net",
  actor_kind: "user",
  address: "192.0.2.7",
  action: "peer:update",
  outcome: "done",
  subject_kind: "peer",
  subject_id: "p1",
  subject_name: "laptop",
  summary: "Renamed laptop to tablet",
  detail: { peers: [{ id: "p1", name: "tablet", fields: { name: ["laptop", "tablet"] } }] },
  count: 1,
  mac: "00",
};
const refused = { ...entry, id: 8, outcome: "refused", summary: "Refused", detail: {} };

function show() {
  fakeServer({
    "GET /api/v1/audit?limit=100": { items: [entry], next_cursor: 9 },
    "GET /api/v1/audit?limit=100&cursor=9": { items: [refused], next_cursor: null },
    "GET /api/v1/audit?outcome=refused&limit=100": { items: [refused], next_cursor: null },
    "GET /api/v1/audit?action=token&limit=100": { items: [], next_cursor: null },
  });
  render(
    <Around live={fakeLive()}>
      <AuditLog />
    </Around>,
  );
}

test("tells who did what, from where, and what became what, page by page", async () => {
  show();
  const line = (await screen.findByText("Renamed laptop to tablet")).closest("li");
  expect(line?.textContent).toContain("ada@example.net · from 192.0.2.7");
  expect(line?.textContent).toContain("laptop → tablet");
  await userEvent.click(screen.getByRole("button", { name: "Show older entries" }));
  expect(await screen.findByText("peer:update was refused")).toBeTruthy();
});

test("is narrowed by the server, and the file holds the same", async () => {
  show();
  await screen.findByText("Renamed laptop to tablet");
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "Outcome" }), "Refused");
  expect(await screen.findByText("peer:update was refused")).toBeTruthy();
  expect(screen.queryByText("Renamed laptop to tablet")).toBeNull();
  expect(screen.getByRole("link", { name: "Save as JSON lines" }).getAttribute("href")).toBe(
    "/api/v1/audit/export?outcome=refused",
  );
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "Outcome" }), "Done and refused");
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "About" }), "Tokens");
  expect(await screen.findByText("No entry is like that.")).toBeTruthy();
});
