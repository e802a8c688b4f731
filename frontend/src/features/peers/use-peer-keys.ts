import { type RefObject, useEffect, useRef } from "react";
import type { PeerPath } from "@/live/status-types";

type Options = {
  table: RefObject<HTMLTableElement | null>;
  order: readonly PeerPath[];
  open: string | null;
  onOpen: (publicKey: string | null) => void;
  scrollTo: (index: number) => void;
};

/** `j` and `k` move, `enter` opens (the link does that by itself), `esc` closes. */
export function usePeerKeys(options: Options): void {
  const latest = useRef(options);
  // The row that is about to have the focus, while it is still being scrolled into existence.
  const pending = useRef<string | null>(null);
  useEffect(() => {
    latest.current = options;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
      // A dialog in front of the list has the keys.
      if (document.querySelector("dialog[open]")) return;
      if (event.key === "Escape") close(latest.current, pending);
      else step(event, latest.current, pending);
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}

type Pending = { current: string | null };

const STEPS: Record<string, number> = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };

function close({ table, open, onOpen }: Options, pending: Pending): void {
  if (open === null) return;
  onOpen(null);
  focusRow(table, open, pending);
}

function step(event: KeyboardEvent, options: Options, pending: Pending): void {
  const by = STEPS[event.key];
  const target = event.target instanceof HTMLElement ? event.target : null;
  if (by === undefined || target?.closest("input, textarea, select")) return;
  // Arrows scroll the page until a row has been chosen.
  if (event.key.startsWith("Arrow") && !target?.matches("a[data-peer]")) return;
  event.preventDefault();
  const { table, order, open, onOpen, scrollTo } = options;
  const focused = target?.closest("tr[data-key]")?.getAttribute("data-key");
  const current = open ?? pending.current ?? focused;
  const from = current ? order.findIndex((path) => path.endsWith(`/${current}`)) : -1;
  const to = Math.min(order.length - 1, Math.max(0, from + by));
  const key = order[to]?.split("/").slice(2).join("/");
  if (key === undefined) return;
  scrollTo(to);
  if (open === null) focusRow(table, key, pending);
  else onOpen(key);
}

/** At once where the row exists, else after it has been scrolled into existence. */
function focusRow(table: Options["table"], key: string, pending: Pending, tries = 5): void {
  pending.current = key;
  const link = table.current?.querySelector<HTMLElement>(`a[data-peer="${CSS.escape(key)}"]`);
  if (link || tries === 0) {
    pending.current = null;
    link?.focus({ preventScroll: true });
    return;
  }
  requestAnimationFrame(() => {
    if (pending.current === key) focusRow(table, key, pending, tries - 1);
  });
}
