import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { EditPeerDialog } from "@/features/peers/edit-peer-dialog";
import type { Asked } from "@/testing/fake-fetch";
import { Around, fakeLive } from "@/testing/fake-live";
import { type Answer, fakeServer, refused } from "@/testing/fake-server";
import { peerDocument } from "@/testing/peers";

const PATCH = "PATCH /api/v1/peers/p1";
const opened = peerDocument({ tags: ["office"], notes: "third floor" });
const newest = peerDocument({ version: 2, tags: ["home"], notes: "third floor", mtu: 1380 });
const change = {
  what: "peer-updated",
  summary: "Changed laptop",
  made_at: "2026-11-23T12:00:00Z",
  undone: false,
};

const saved = (fields: object = {}) => ({
  applied: true,
  reason: null,
  confirm: null,
  peer: newest,
  ...fields,
});

function show(answers: Record<string, Answer>) {
  const asked = fakeServer({
    "GET /api/v1/peers/p1": newest,
    "GET /api/v1/interfaces/i1/revisions?limit=20": {
      items: [
        {
          ...change,
          id: 9,
          actor_name: "Bert",
          peer_id: "p2",
          changes: [{ field: "tags", before: "", after: "x" }],
        },
        {
          ...change,
          id: 8,
          actor_name: "Ada",
          peer_id: "p1",
          changes: [{ field: "tags", before: "office", after: "home" }],
        },
      ],
      next_cursor: null,
    },
    ...answers,
  });
  const onClose = vi.fn();
  const dialog = (peer = opened) => (
    <Around live={fakeLive()}>
      <EditPeerDialog peer={peer} onClose={onClose} />
    </Around>
  );
  const { rerender } = render(dialog());
  return { asked, onClose, readAgain: () => rerender(dialog(newest)) };
}

const value = (label: string) => screen.getByLabelText<HTMLInputElement>(label).value;
const changes = (asked: Asked[]) => asked.filter((each) => each.method === "PATCH");
const save = () => userEvent.click(screen.getByRole("button", { name: "Save" }));

async function retype(label: string, text: string) {
  await userEvent.clear(screen.getByLabelText(label));
  await userEvent.type(screen.getByLabelText(label), text);
}

/** Refuses the first version, and takes the second. */
function overtaken() {
  const versions: Answer[] = [refused(412, "Somebody changed this in the meantime."), saved()];
  return show({ [PATCH]: () => versions.shift() ?? [500, {}] });
}

test("sends what was edited alone, of the version that was looked at, though it is read again meanwhile", async () => {
  const { asked, onClose, readAgain } = show({ [PATCH]: saved() });
  await retype("Notes", "second floor");
  readAgain();
  await save();
  await vi.waitFor(() => expect(onClose).toHaveBeenCalled());
  expect(changes(asked)).toMatchObject([{ body: { notes: "second floor" } }]);
  expect(changes(asked)[0]?.headers.get("If-Match")).toBe('"1"');
});

test("what was emptied becomes the choice of the server", async () => {
  const { asked } = show({ [PATCH]: saved() });
  await userEvent.clear(screen.getByLabelText("Tags"));
  await save();
  await vi.waitFor(() => expect(changes(asked)).toMatchObject([{ body: { tags: [] } }]));
});

test("a change that the node refuses is said, and stays on the page until it is read", async () => {
  const { onClose } = show({ [PATCH]: saved({ applied: false, reason: "wg0 is gone." }) });
  await retype("Notes", "second floor");
  await save();
  expect(await screen.findByText("Saved, but it does not run yet: wg0 is gone.")).toBeTruthy();
  expect(onClose).not.toHaveBeenCalled();
  await userEvent.click(screen.getAllByRole("button", { name: "Close" })[1]!);
  expect(onClose).toHaveBeenCalled();
});

test("whoever was faster is named, with their values beside what was typed, which is not lost", async () => {
  const { asked, onClose } = overtaken();
  await retype("Tags", "lab");
  await retype("Notes", "second floor");
  await save();
  const notice = within(await screen.findByRole("alert"));
  expect(notice.getByText("Ada changed laptop meanwhile, so this was not saved")).toBeTruthy();
  expect(notice.getByText("Tags").parentElement?.textContent).toBe("Tagstheirshomeyourslab");
  expect(notice.getByText("MTU").parentElement?.textContent).toBe("MTUnow1380");
  expect([value("Tags"), value("Notes"), value("MTU")]).toEqual(["lab", "second floor", "1380"]);
  expect(onClose).not.toHaveBeenCalled();
  await save();
  await vi.waitFor(() => expect(onClose).toHaveBeenCalled());
  expect(changes(asked)[1]?.headers.get("If-Match")).toBe('"2"');
  expect(changes(asked)[1]?.body).toEqual({ tags: ["lab"], notes: "second floor" });
});

test("what was typed can be dropped for what somebody else made of it", async () => {
  const { asked } = overtaken();
  await retype("Tags", "lab");
  await save();
  await userEvent.click(await screen.findByRole("button", { name: "Drop what I typed" }));
  expect(value("Tags")).toBe("home");
  expect(screen.queryByRole("alert")).toBeNull();
  expect(changes(asked)).toHaveLength(1);
});
