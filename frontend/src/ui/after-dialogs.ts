import type { Undo } from "@/lib/listeners";

/** Do something once no dialog is in front of the page any more: it would have the focus back. */
export function afterDialogs(action: () => void): Undo {
  const dialog = document.querySelector("dialog[open]");
  if (!dialog) {
    action();
    return () => undefined;
  }
  dialog.addEventListener("close", action, { once: true });
  return () => dialog.removeEventListener("close", action);
}
