import { render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { afterDialogs } from "@/ui/after-dialogs";
import { Dialog } from "@/ui/dialog";

const page = (asks: boolean) => (
  <>
    <button type="button">Stop</button>
    <button type="button">Keep</button>
    {asks && (
      <Dialog title="Stop?" onClose={() => undefined}>
        <input aria-label="Name" />
      </Dialog>
    )}
  </>
);

const focusKeep = () => screen.getByRole("button", { name: "Keep" }).focus();
const focused = () => document.activeElement?.textContent;

test("waits for a dialog, which gives the focus back first", async () => {
  const { rerender } = render(page(false));
  screen.getByRole("button", { name: "Stop" }).focus();
  rerender(page(true));
  afterDialogs(focusKeep);
  expect(document.activeElement).toBe(screen.getByLabelText("Name"));
  rerender(page(false));
  expect(focused()).toBe("Stop");
  await vi.waitFor(() => expect(focused()).toBe("Keep"));
});

test("waits for nothing where there is no dialog, and no more once it is undone", async () => {
  const { rerender } = render(page(false));
  afterDialogs(focusKeep);
  expect(focused()).toBe("Keep");
  screen.getByRole("button", { name: "Stop" }).focus();
  rerender(page(true));
  afterDialogs(focusKeep)();
  rerender(page(false));
  await Promise.resolve();
  expect(focused()).toBe("Stop");
});
