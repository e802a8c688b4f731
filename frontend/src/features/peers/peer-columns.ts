import type { SortColumn } from "@/features/peers/peer-sort";
import { readPreference, writePreference } from "@/lib/preference";

export type PeerColumn = Readonly<{
  id: SortColumn;
  name: string;
  /** Smallest width in pixels, and its share of what is left. */
  width: number;
  share: number;
  isNumber: boolean;
  /** The larger goes first where the page is too narrow for all; 0 always stays. */
  dispensable: number;
}>;

const column = (
  id: SortColumn,
  name: string,
  [width, share, dispensable]: readonly [number, number, number],
  isNumber = false,
): PeerColumn => ({ id, name, width, share, isNumber, dispensable });

export const PEER_COLUMNS: readonly PeerColumn[] = [
  column("presence", "Presence", [30, 0, 0]),
  column("public_key", "Peer", [150, 3, 0]),
  column("endpoint", "Endpoint", [176, 1.6, 3]),
  column("allowed_ips", "Allowed IPs", [136, 1.8, 1]),
  column("latest_handshake", "Handshake", [92, 0.2, 2], true),
  column("rx_rate", "Receive", [98, 0.2, 0], true),
  column("tx_rate", "Transmit", [98, 0.2, 0], true),
  column("rx_bytes", "Received", [88, 0.2, 4], true),
  column("tx_bytes", "Sent", [88, 0.2, 4], true),
  column("persistent_keepalive", "Keepalive", [84, 0, 5], true),
];

/** Space at the row's edges. */
const EDGES = 24;

/** The columns that are wanted and fit, the most dispensable left out first. */
export function fittingColumns(hidden: ReadonlySet<string>, width: number): readonly PeerColumn[] {
  let columns = PEER_COLUMNS.filter((each) => !hidden.has(each.id));
  const total = () => columns.reduce((sum, each) => sum + each.width, EDGES);
  while (width > 0 && total() > width) {
    const worst = Math.max(...columns.map((each) => each.dispensable));
    if (worst === 0) break;
    columns = columns.filter((each) => each.dispensable !== worst);
  }
  return columns;
}

/** For `grid-template-columns`. */
export function gridTemplate(columns: readonly PeerColumn[]): string {
  return columns
    .map(({ width, share }) => (share === 0 ? `${width}px` : `minmax(${width}px, ${share}fr)`))
    .join(" ");
}

export function readHiddenColumns(): ReadonlySet<string> {
  const known = new Set<string>(PEER_COLUMNS.map((each) => each.id));
  return new Set((readPreference("columns") ?? "").split(",").filter((id) => known.has(id)));
}

export function writeHiddenColumns(hidden: ReadonlySet<string>): void {
  writePreference("columns", [...hidden].join(","));
}
