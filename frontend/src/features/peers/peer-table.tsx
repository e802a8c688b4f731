// biome-ignore-all lint/a11y/noRedundantRoles: parts of a table whose display is not that of a table keep their roles by name
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import {
  type MouseEvent,
  type RefObject,
  useCallback,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { fittingColumns, gridTemplate } from "@/features/peers/peer-columns";
import { PeerHead } from "@/features/peers/peer-head";
import { PeerRow } from "@/features/peers/peer-row";
import type { PeerSort, SortColumn } from "@/features/peers/peer-sort";
import styles from "@/features/peers/peer-table.module.css";
import { usePeerKeys } from "@/features/peers/use-peer-keys";
import { classNames } from "@/lib/class-names";
import type { PeerPath } from "@/live/status-types";
import { useWidth } from "@/ui/use-width";

const ROW = 36;
const COMPACT_ROW = 58;
/** Narrower than this, a peer takes two lines. */
const COMPACT_BELOW = 640;
/** Page header, search and column heads stay on top of the rows. */
const STICKY = 140;

type Props = {
  order: readonly PeerPath[];
  sort: PeerSort;
  onSort: (column: SortColumn) => void;
  hidden: ReadonlySet<string>;
  /** Public key of the peer whose panel is open. */
  open: string | null;
  onOpen: (publicKey: string | null) => void;
  addressOf: (publicKey: string) => string;
};

/** The peers of an interface: only the rows in sight exist. */
export function PeerTable({ order, sort, onSort, hidden, open, onOpen, addressOf }: Props) {
  const table = useRef<HTMLTableElement>(null);
  const width = useWidth(table);
  const compact = width > 0 && width < COMPACT_BELOW;
  const columns = useMemo(
    () => fittingColumns(compact ? COMPACT_HIDDEN : hidden, compact ? 0 : width),
    [hidden, compact, width],
  );
  const height = compact ? COMPACT_ROW : ROW;
  const margin = useOffsetTop(table);
  const rows = useWindowVirtualizer({
    count: order.length,
    estimateSize: () => height,
    overscan: 6,
    scrollMargin: margin,
    scrollPaddingStart: STICKY,
    scrollPaddingEnd: compact ? 72 : 16,
    getItemKey: (index) => order[index] ?? index,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height is what changes the estimate
  useLayoutEffect(() => rows.measure(), [height]);
  const scrollTo = useCallback((index: number) => rows.scrollToIndex(index, { align: "auto" }), [rows]);
  usePeerKeys({ table, order, open, onOpen, scrollTo });
  const click = useCallback(
    (event: MouseEvent<HTMLTableElement>) => {
      const target = event.target instanceof Element ? event.target : null;
      const copy = target?.closest<HTMLElement>("button[data-copy]");
      if (copy) return copyFrom(copy);
      const link = target?.closest("a[data-peer]");
      if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
        return;
      event.preventDefault();
      onOpen(link.getAttribute("data-peer"));
    },
    [onOpen],
  );
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the links inside take the keys; this catches their clicks
    <table
      ref={table}
      role="table"
      aria-label="Peers"
      aria-rowcount={order.length + 1}
      className={classNames(styles.table, compact && styles.compact)}
      style={{ "--columns": gridTemplate(columns), "--row-height": `${height}px` }}
      onClick={click}
    >
      <PeerHead columns={columns} sort={sort} onSort={onSort} />
      <tbody role="rowgroup" className={styles.body} style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map((row) => {
          const path = order[row.index];
          if (path === undefined) return null;
          return (
            <PeerRow
              key={path}
              path={path}
              index={row.index}
              top={row.index * height}
              columns={columns}
              isOpen={open !== null && path.endsWith(`/${open}`)}
              addressOf={addressOf}
            />
          );
        })}
      </tbody>
    </table>
  );
}

const COPIED_MILLISECONDS = 1500;

/** The mark of success is set on the element itself: no row renders for it. */
function copyFrom(button: HTMLElement): void {
  navigator.clipboard.writeText(button.dataset.copy ?? "").then(
    () => {
      button.dataset.copied = "";
      setTimeout(() => delete button.dataset.copied, COPIED_MILLISECONDS);
    },
    () => {
      button.title = "Copying is blocked";
    },
  );
}

const COMPACT_HIDDEN: ReadonlySet<string> = new Set([
  "endpoint",
  "rx_bytes",
  "tx_bytes",
  "persistent_keepalive",
]);

/** How far below the top of the document an element begins, also after what is above it has changed. */
function useOffsetTop(element: RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const measure = () => {
      const box = element.current?.getBoundingClientRect();
      if (box) setTop(Math.round(box.top + window.scrollY));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [element]);
  return top;
}
