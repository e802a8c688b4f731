import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { HistoryList } from "@/features/interfaces/history-list";
import { interfaceDocument, interfaceResult, plan } from "@/testing/documents";
import { Around, fakeLive } from "@/testing/fake-live";
import { fakeServer } from "@/testing/fake-server";

const PATH = "/api/v1/interfaces/i1/revisions";
const UNDO = `POST ${PATH}/2/undo`;
const revision = {
  id: 2,
  what: "interface-updated",
  summary: "Changed listen port of wg0",
  actor_name: "Ada",
  made_at: "2026-11-23T12:00:00Z",
  peer_id: null,
  undone: false,
  changes: [{ field: "listen_port", before: "51820", after: "51821" }],
};
const created = { ...revision, id: 1, what: "interface-created", summary: "Created wg0", changes: [] };

function show() {
  const asked = fakeServer({
    [`GET ${PATH}?limit=50`]: { items: [revision], next_cursor: "2" },
    [`GET ${PATH}?limit=50&cursor=2`]: { items: [created], next_cursor: null },
    [`${UNDO}?dry_run=true`]: interfaceResult({ plan: plan({ operations: ["Listen on UDP port 51820."] }) }),
    [UNDO]: interfaceResult(),
  });
  render(
    <Around live={fakeLive()}>
      <HistoryList document={interfaceDocument()} />
    </Around>,
  );
  return asked;
}

test("tells who changed what, page by page, and from what to what", async () => {
  show();
  const line = (await screen.findByText(revision.summary)).closest("li");
  expect(line?.textContent).toContain("Ada");
  expect(line?.textContent).toContain("51820 → 51821");
  await userEvent.click(screen.getByRole("button", { name: "Show older changes" }));
  expect(await screen.findByText("Created wg0")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Undo: Created wg0" })).toBeNull();
});

test("shows what undoing does before it undoes", async () => {
  const asked = show();
  await userEvent.click(await screen.findByRole("button", { name: `Undo: ${revision.summary}` }));
  const dialog = within(screen.getByRole("dialog"));
  expect(await dialog.findByText("Listen on UDP port 51820.")).toBeTruthy();
  await userEvent.click(dialog.getByRole("button", { name: "Undo it" }));
  await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(asked.filter((each) => each.path === `${PATH}/2/undo`)).toHaveLength(1);
});
