import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { ActionDialog } from "@/features/interfaces/action-dialog";
import { interfaceDocument, interfaceResult } from "@/testing/documents";
import { Around, fakeLive } from "@/testing/fake-live";
import { fakeServer } from "@/testing/fake-server";
import { AT } from "@/testing/frames";

const STOP = "POST /api/v1/interfaces/i1/stop";

test("while a change waits, what it is about to do is asked when that is over", async () => {
  const deadline = new Date((AT + 60) * 1000).toISOString();
  const asked = fakeServer({ [`${STOP}?dry_run=true`]: interfaceResult() });
  const dialog = (confirm_until: string | null) => (
    <Around live={fakeLive()}>
      <ActionDialog document={interfaceDocument({ confirm_until })} action="stop" onClose={() => undefined} />
    </Around>
  );
  const { unmount } = render(dialog(deadline));
  expect(screen.getByText("First, another change of wg0 waits to be kept")).toBeTruthy();
  expect(screen.getByText(/undone in 60 s/)).toBeTruthy();
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Stop wg0" }).disabled).toBe(true);
  expect(asked).toEqual([]);
  unmount();
  render(dialog(null));
  expect(await screen.findByText("Nothing on the node changes.")).toBeTruthy();
});
