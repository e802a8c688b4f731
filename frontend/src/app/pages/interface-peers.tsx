import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useDeferredValue, useMemo, useState } from "react";
import styles from "@/app/pages/interface-page.module.css";
import { useSearchText } from "@/app/pages/use-search-text";
import { BulkBar } from "@/features/peers/bulk-bar";
import { ColumnMenu } from "@/features/peers/column-menu";
import type { HandedOut } from "@/features/peers/handed-out";
import { NoMatch, NoPeers } from "@/features/peers/no-peers";
import { PeerBook } from "@/features/peers/peer-book";
import { PeerBookContext } from "@/features/peers/peer-book-context";
import { readHiddenColumns, writeHiddenColumns } from "@/features/peers/peer-columns";
import { NO_DOCUMENTS, peersQuery, refreshPeers } from "@/features/peers/peer-documents";
import { parsePeerFilter } from "@/features/peers/peer-filter";
import { PeerPanel } from "@/features/peers/peer-panel";
import { PeerSearch } from "@/features/peers/peer-search";
import { PeerSelectionContext } from "@/features/peers/peer-selection";
import {
  formatSort,
  type PeerSort,
  parseSort,
  type SortColumn,
  toggledSort,
} from "@/features/peers/peer-sort";
import { PeerTable } from "@/features/peers/peer-table";
import { SortSelect } from "@/features/peers/sort-select";
import { usePeerOrder } from "@/features/peers/use-peer-order";
import { useLive } from "@/live/live-context";
import { type InterfaceStatus, peerPath } from "@/live/status-types";
import { Button } from "@/ui/button";

const HandOutDialog = lazy(() =>
  import("@/features/peers/hand-out-dialog").then((module) => ({ default: module.HandOutDialog })),
);

const FROM = "/signed-in/interfaces/$node/$name";

type Props = {
  iface: InterfaceStatus;
  /** The interface as people keep it; null where Sentra only watches it. */
  document: { id: string; can: readonly string[] } | null;
  /** Asks for a new peer; null for who may not add one. */
  onAdd: (() => void) | null;
};

/** The peers of an interface: those that run, with their names, and those that are decided and do not run. */
export function InterfacePeers({ iface, document, onAdd }: Props) {
  const peers = useQuery({ ...peersQuery(document?.id ?? ""), enabled: document !== null });
  const documents = peers.data ?? NO_DOCUMENTS;
  const book = useMemo(() => new PeerBook(iface.path, documents), [iface.path, documents]);
  if (iface.peers_total === 0 && documents.size === 0)
    return (
      iface.error === null &&
      (!document || peers.data) && <NoPeers name={iface.name} managed={document !== null} onAdd={onAdd} />
    );
  return (
    <PeerBookContext value={book}>
      <Peers iface={iface} book={book} document={document} />
    </PeerBookContext>
  );
}

function Peers({
  iface,
  book,
  document,
}: {
  iface: InterfaceStatus;
  book: PeerBook;
  document: Props["document"];
}) {
  const search = useSearch({ from: FROM });
  const navigate = useNavigate({ from: "/interfaces/$node/$name" });
  const [hidden, setHidden] = useState(readHiddenColumns);
  const write = useCallback(
    (change: { q?: string; sort?: string; peer?: string | undefined }, replace: boolean) =>
      void navigate({ search: (before) => withoutEmpty({ ...before, ...change }), replace }),
    [navigate],
  );
  const [text, setText] = useSearchText(search.q ?? "", (q) => write({ q }, true));
  const wanted = useDeferredValue(text);
  const filter = useMemo(() => parsePeerFilter(wanted, book), [wanted, book]);
  const sort = useMemo(() => parseSort(search.sort), [search.sort]);
  const order = usePeerOrder(iface.path, filter, sort, book);
  const { store } = useLive();
  // biome-ignore lint/correctness/useExhaustiveDependencies: who is on the interface changes with their number
  const absent = useMemo(
    () => book.notRunning(store.peersOf(iface.path)),
    [book, store, iface.path, iface.peers_total],
  );
  const open = search.peer?.replaceAll(" ", "+") ?? null;
  const onOpen = useCallback(
    (peer: string | null) => write({ peer: peer ?? "" }, open !== null),
    [write, open],
  );
  const onSort = useCallback((next: PeerSort) => write({ sort: formatSort(next) ?? "" }, true), [write]);
  const onHidden = (next: ReadonlySet<string>) => {
    writeHiddenColumns(next);
    setHidden(next);
  };
  const addressOf = useAddressOf(iface);
  const client = useQueryClient();
  const [handedOut, setHandedOut] = useState<HandedOut | null>(null);
  const onRekeyed = (made: HandedOut) => {
    setHandedOut(made);
    void refreshPeers(client, made.peer.interface_id);
    write({ peer: made.peer.public_key }, true);
  };
  const [chosen, setChosen] = useState<ReadonlySet<string> | null>(null);
  const selection = useMemo(
    () => chosen && { chosen, onToggle: (key: string) => setChosen((before) => toggled(before, key)) },
    [chosen],
  );
  const mayChange = document?.can.includes("peer:update") ?? false;
  return (
    <div className={styles.peers}>
      <div className={styles.toolbar}>
        <PeerSearch
          text={text}
          onText={setText}
          iface={iface}
          absent={absent}
          shown={order.length}
          problems={filter.problems}
        />
        <SortSelect sort={sort} onSort={onSort} />
        <span className={styles.columns}>
          <ColumnMenu hidden={hidden} onHidden={onHidden} />
        </span>
        {mayChange && !chosen && <Button onClick={() => setChosen(new Set())}>Select</Button>}
      </div>
      <PeerSelectionContext value={selection}>
        <PeerTable
          order={order}
          sort={sort}
          onSort={useCallback((column: SortColumn) => onSort(toggledSort(sort, column)), [onSort, sort])}
          hidden={hidden}
          open={open}
          onOpen={onOpen}
          addressOf={addressOf}
        />
      </PeerSelectionContext>
      {order.length === 0 && <NoMatch onClear={() => setText("")} />}
      {open !== null && (
        <PeerPanel
          path={peerPath(iface.node, iface.name, open)}
          onClose={() => onOpen(null)}
          onRekeyed={onRekeyed}
        />
      )}
      {document && chosen && (
        <BulkBar
          interfaceId={document.id}
          peers={[...chosen].flatMap((key) => book.documents.get(key) ?? [])}
          shown={order.filter((path) => book.has(path)).length}
          onAll={() => setChosen(new Set(order.filter((path) => book.has(path)).map(keyOf)))}
          onDone={() => setChosen(null)}
        />
      )}
      {handedOut && (
        <Suspense>
          <HandOutDialog
            handedOut={handedOut}
            node={iface.node}
            interfaceName={iface.name}
            onClose={() => setHandedOut(null)}
          />
        </Suspense>
      )}
    </div>
  );
}

/** Where a peer's own address is, for opening it in another tab. */
function useAddressOf(iface: InterfaceStatus): (publicKey: string) => string {
  const router = useRouter();
  const { node, name } = iface;
  return useCallback(
    (publicKey: string) =>
      router.buildLocation({
        to: "/interfaces/$node/$name",
        params: { node, name },
        search: { peer: publicKey },
      }).href,
    [router, node, name],
  );
}

function withoutEmpty(search: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(search).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
}

const keyOf = (path: string) => path.split("/").slice(2).join("/");

function toggled(before: ReadonlySet<string> | null, key: string): ReadonlySet<string> {
  const after = new Set(before);
  if (!after.delete(key)) after.add(key);
  return after;
}
