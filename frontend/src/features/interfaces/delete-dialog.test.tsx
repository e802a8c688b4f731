import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { DeleteDialog } from "@/features/interfaces/delete-dialog";
import { interfaceDocument, interfaceResult } from "@/testing/documents";
import { Around, fakeLive } from "@/testing/fake-live";
import { fakeServer } from "@/testing/fake-server";

const DELETE = "DELETE /api/v1/interfaces/i1";
const confirm = { nonce: "n", deadline_at: "2026-11-23T12:01:00Z", seconds: 60 };

function show(
  document = interfaceDocument({ peer_count: 12 }),
  result = interfaceResult({ interface: null }),
) {
  fakeServer({ [`${DELETE}?dry_run=true`]: interfaceResult(), [DELETE]: result });
  const [onDeleted, onClose] = [vi.fn(), vi.fn()];
  render(
    <Around live={fakeLive()}>
      <DeleteDialog document={document} onDeleted={onDeleted} onClose={onClose} />
    </Around>,
  );
  return { onDeleted, onClose };
}

const button = () => screen.getByRole<HTMLButtonElement>("button", { name: "Delete wg0" });
const type = (text: string) => userEvent.type(screen.getByLabelText("Type wg0 to delete it"), text);

test("asks for the name, and says how many lose their tunnels", async () => {
  const { onDeleted } = show();
  expect(screen.getByText(/12 peers lose their tunnels at once/)).toBeTruthy();
  await type("wg");
  expect(button().disabled).toBe(true);
  await type("0");
  await userEvent.click(button());
  await vi.waitFor(() => expect(onDeleted).toHaveBeenCalled());
});

test("one that waits to be confirmed is not gone yet", async () => {
  const { onDeleted, onClose } = show(undefined, interfaceResult({ confirm }));
  await type("wg0");
  await userEvent.click(button());
  await vi.waitFor(() => expect(onClose).toHaveBeenCalled());
  expect(onDeleted).not.toHaveBeenCalled();
});

test("of one that wg-quick brings up nobody loses anything", () => {
  show(interfaceDocument({ brought_up_by: "wg-quick" }));
  expect(screen.getByText(/runs on as it does now/)).toBeTruthy();
});
