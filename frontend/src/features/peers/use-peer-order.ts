import { useMemo, useSyncExternalStore } from "react";
import type { PeerBook } from "@/features/peers/peer-book";
import type { PeerFilter } from "@/features/peers/peer-filter";
import { PeerList } from "@/features/peers/peer-list";
import type { PeerSort } from "@/features/peers/peer-sort";
import { useLive } from "@/live/live-context";
import type { InterfacePath, PeerPath } from "@/live/status-types";

const now = () => performance.now() / 1000;

/** The peers to show, in order; renders again only when that changes. */
export function usePeerOrder(
  path: InterfacePath,
  filter: PeerFilter,
  sort: PeerSort,
  book: PeerBook,
): readonly PeerPath[] {
  const { store } = useLive();
  const list = useMemo(
    () => new PeerList({ store, path, filter, sort, book, now }),
    [store, path, filter, sort, book],
  );
  return useSyncExternalStore(list.subscribe, list.order);
}
