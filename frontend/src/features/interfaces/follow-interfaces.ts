import type { Undo } from "@/lib/listeners";
import type { StatusStore } from "@/live/status-store";
import type { InterfaceStatus } from "@/live/status-types";

/** At once, and again when the node has looked for what was changed by hand. */
const AFTER_MILLISECONDS = [500, 6_000];

type Timers = Readonly<{
  set: (action: () => void, milliseconds: number) => number;
  clear: (timer: number) => void;
}>;

const ofThisBrowser: Timers = {
  set: (action, milliseconds) => window.setTimeout(action, milliseconds),
  clear: (timer) => window.clearTimeout(timer),
};

/**
 * Read again what is known of interfaces, soon after the live status told of another one, of one that is gone, or of one
 * that is not what it was.
 */
export function followInterfaces(
  store: Pick<StatusStore, "onFrame" | "interfaces">,
  readAgain: () => void,
  timers: Timers = ofThisBrowser,
): Undo {
  let known: string | null = null;
  const waiting = new Map<number, number>();
  const readAfter = (milliseconds: number) => {
    if (waiting.has(milliseconds)) return;
    const read = () => {
      waiting.delete(milliseconds);
      readAgain();
    };
    waiting.set(milliseconds, timers.set(read, milliseconds));
  };
  const stop = store.onFrame(() => {
    const outline = store.interfaces().map(outlineOf).join("\n");
    if (known !== null && outline !== known) AFTER_MILLISECONDS.forEach(readAfter);
    known = outline;
  });
  return () => {
    stop();
    for (const timer of waiting.values()) timers.clear(timer);
  };
}

/** What of an interface only people change. */
function outlineOf(iface: InterfaceStatus): string {
  const { path, up, error, public_key, listen_port, fwmark, peers_total } = iface;
  return [path, up, error, public_key, listen_port, fwmark, peers_total].join(" ");
}
