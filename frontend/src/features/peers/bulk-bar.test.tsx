import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { BulkBar } from "@/features/peers/bulk-bar";
import { Around, fakeLive } from "@/testing/fake-live";
import { type Answer, fakeServer } from "@/testing/fake-server";
import { peerDocument } from "@/testing/peers";

const PATCH = "PATCH /api/v1/interfaces/i1/peers";
const DELETE = "POST /api/v1/interfaces/i1/peers/delete";
const done = { applied: true, reason: null, confirm: null, peers: [] };
const late = { ...done, applied: false, reason: "The node does not answer." };

function show(answers: Record<string, Answer>) {
  const asked = fakeServer(answers);
  const onDone = vi.fn();
  render(
    <Around live={fakeLive()}>
      <BulkBar
        interfaceId="i1"
        peers={[peerDocument(), peerDocument({ id: "p2", name: "phone" })]}
        shown={2}
        onAll={() => undefined}
        onDone={onDone}
      />
    </Around>,
  );
  return { asked, onDone };
}

const press = (name: string) => userEvent.click(screen.getByRole("button", { name }));

test("tags all chosen peers in one request, and is done", async () => {
  const { asked, onDone } = show({ [PATCH]: done });
  await press("Tag");
  await userEvent.type(await screen.findByLabelText("Tags to add"), "office, second");
  await press("Add tags");
  await vi.waitFor(() => expect(onDone).toHaveBeenCalled());
  const body = asked.find((each) => each.method === "PATCH")?.body;
  expect(body).toEqual({ ids: ["p1", "p2"], change: { add_tags: ["office", "second"] } });
});

test("says in the dialog why what was saved does not run yet", async () => {
  const { onDone } = show({ [DELETE]: late });
  await press("Delete");
  await userEvent.click(await screen.findByRole("button", { name: "Delete 2 peers" }));
  const dialog = within(screen.getByRole("dialog"));
  expect(await dialog.findByText("Deleted, but they still run: The node does not answer.")).toBeTruthy();
  expect(onDone).not.toHaveBeenCalled();
  await userEvent.click(dialog.getAllByRole("button", { name: "Close" })[1]!);
  expect(onDone).toHaveBeenCalled();
});

test("says the same where nothing is asked first", async () => {
  const { onDone } = show({ [PATCH]: late });
  await press("Disable");
  expect(await screen.findByText("Saved, but it does not run yet: The node does not answer.")).toBeTruthy();
  expect(onDone).not.toHaveBeenCalled();
});
