import { NO_PEERS_KNOWN, type PeerBook } from "@/features/peers/peer-book";
import { parsePrefix, prefixRank } from "@/lib/address";
import type { PeerStatus } from "@/live/status-types";

export const SORTABLE = [
  "presence",
  "public_key",
  "endpoint",
  "allowed_ips",
  "latest_handshake",
  "rx_rate",
  "tx_rate",
  "rx_bytes",
  "tx_bytes",
  "persistent_keepalive",
] as const;

export type SortColumn = (typeof SORTABLE)[number];
export type PeerSort = Readonly<{ column: SortColumn; descending: boolean }>;

/** By address: it means something and stays where it is while numbers change. */
export const DEFAULT_SORT: PeerSort = { column: "allowed_ips", descending: false };

/** Parse `-rx_rate`; the default for anything else. */
export function parseSort(text: string | undefined): PeerSort {
  const column = SORTABLE.find((each) => each === text?.replace(/^-/, ""));
  return column ? { column, descending: text?.startsWith("-") ?? false } : DEFAULT_SORT;
}

/** How it stands in an address: undefined for the default. */
export function formatSort(sort: PeerSort): string | undefined {
  const text = `${sort.descending ? "-" : ""}${sort.column}`;
  return text === DEFAULT_SORT.column ? undefined : text;
}

/** What a click on a column's head makes of the sort: numbers start with the largest. */
export function toggledSort(sort: PeerSort, column: SortColumn): PeerSort {
  if (sort.column === column) return { column, descending: !sort.descending };
  return { column, descending: /_rate|_bytes|handshake/.test(column) };
}

/** Compares two peers; the public key decides between equals, so an order is always the same. */
export function peerOrder(
  { column, descending }: PeerSort,
  book: PeerBook = NO_PEERS_KNOWN,
): (a: PeerStatus, b: PeerStatus) => number {
  const value = column === "public_key" ? (peer: PeerStatus) => book.label(peer.public_key) : VALUES[column];
  const sign = descending ? -1 : 1;
  return (a, b) => {
    const [left, right] = [value(a), value(b)];
    if (left < right) return -sign;
    if (left > right) return sign;
    return a.public_key < b.public_key ? -1 : 1;
  };
}

const PRESENCE_RANK = { active: 0, idle: 1, never: 2, disabled: 3 } as const;

const VALUES: Record<Exclude<SortColumn, "public_key">, (peer: PeerStatus) => string | number> = {
  presence: (peer) => PRESENCE_RANK[peer.presence],
  endpoint: (peer) => peer.endpoint ?? "~",
  allowed_ips: (peer) => addressRank(peer.allowed_ips),
  latest_handshake: (peer) => peer.latest_handshake,
  rx_rate: (peer) => peer.rx_rate,
  tx_rate: (peer) => peer.tx_rate,
  rx_bytes: (peer) => peer.rx_bytes,
  tx_bytes: (peer) => peer.tx_bytes,
  persistent_keepalive: (peer) => peer.persistent_keepalive ?? 0,
};

const ranks = new WeakMap<readonly string[], string>();

/** A text that sorts as the first address does by number, IPv4 before IPv6, none last. */
function addressRank(allowedIps: readonly string[]): string {
  const known = ranks.get(allowedIps);
  if (known !== undefined) return known;
  const prefix = parsePrefix(allowedIps[0] ?? "");
  const rank = prefix ? prefixRank(prefix) : "~";
  ranks.set(allowedIps, rank);
  return rank;
}
