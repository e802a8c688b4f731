import { type RefObject, useEffect, useRef } from "react";
import type { PeerPath } from "@/live/status-types";

type Options = {
  table: RefObject<HTMLTableElement | null>;
  order: readonly PeerPath[];
  open: string | null;
  onOpen: (publicKey: string | null) => void;
  scrollTo: (index: number) => void;
};

/** `j` and `k` move, `enter` opens (the link does that by itself), `esc` closes, `/` searches. */
export function usePeerKeys(options: Options): void {
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => handle(event, latest.current);
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}

function handle(event: KeyboardEvent, options: Options): void {
  if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
  const target = event.target instanceof HTMLElement ? event.target : null;
  if (event.key === "Escape" && options.open !== null) {
    const { open } = options;
    options.onOpen(null);
    focusRow(options.table, open);
    return;
  }
  if (target?.closest("input, textarea, select, [role=menu], [role=dialog][aria-modal=true]")) return;
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  // Arrows scroll the page until a row has been chosen.
  if (event.key.startsWith("Arrow") && !target?.matches("a[data-peer]")) return;
  event.preventDefault();
  move(step, target, options);
}

function move(
  step: number,
  target: HTMLElement | null,
  { table, order, open, onOpen, scrollTo }: Options,
): void {
  const focused = target?.closest("tr[data-key]")?.getAttribute("data-key") ?? null;
  const current = order.findIndex((path) => path.endsWith(`/${open ?? focused ?? "?"}`));
  const index = Math.min(order.length - 1, Math.max(0, current + step));
  const path = order[index];
  if (path === undefined) return;
  const key = path.split("/").slice(2).join("/");
  scrollTo(index);
  if (open === null) focusRow(table, key);
  else onOpen(key);
}

/** After the row has been scrolled into existence. */
function focusRow(table: RefObject<HTMLTableElement | null>, key: string, tries = 5): void {
  requestAnimationFrame(() => {
    const link = table.current?.querySelector<HTMLElement>(`a[data-peer="${CSS.escape(key)}"]`);
    if (link) link.focus({ preventScroll: true });
    else if (tries > 0) focusRow(table, key, tries - 1);
  });
}
