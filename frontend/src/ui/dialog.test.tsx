import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";
import { Dialog } from "@/ui/dialog";

function Page() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        Ask
      </button>
      {open && (
        <Dialog title="Question" onClose={() => setOpen(false)}>
          <input aria-label="Answer" />
        </Dialog>
      )}
    </>
  );
}

test("the first field has the focus, and what opened it has it again afterwards", async () => {
  render(<Page />);
  const opener = screen.getByRole("button", { name: "Ask" });
  await userEvent.click(opener);
  expect(document.activeElement).toBe(screen.getByLabelText("Answer"));
  await userEvent.click(screen.getByRole("button", { name: "Close" }));
  expect(document.activeElement).toBe(opener);
});
