import { Link, useNavigate, useParams, useRouter, useSearch } from "@tanstack/react-router";
import { useCallback, useDeferredValue, useMemo, useState } from "react";
import styles from "@/app/pages/interface-page.module.css";
import { useSearchText } from "@/app/pages/use-search-text";
import { InterfaceFacts } from "@/features/interfaces/interface-facts";
import { InterfaceTrouble } from "@/features/interfaces/interface-trouble";
import { ColumnMenu } from "@/features/peers/column-menu";
import { NoMatch, NoPeers } from "@/features/peers/no-peers";
import { readHiddenColumns, writeHiddenColumns } from "@/features/peers/peer-columns";
import { parsePeerFilter } from "@/features/peers/peer-filter";
import { PeerPanel } from "@/features/peers/peer-panel";
import { PeerSearch } from "@/features/peers/peer-search";
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
import { LiveBadge } from "@/live/live-badge";
import { StaleFrame } from "@/live/stale-frame";
import { type InterfaceStatus, interfacePath, peerPath } from "@/live/status-types";
import { useHasSnapshot, useInterface } from "@/live/use-status";
import { MessagePage } from "@/ui/message-page";
import { PageHeader } from "@/ui/page-header";
import { Skeleton } from "@/ui/skeleton";

const FROM = "/signed-in/interfaces/$node/$name";

export function InterfacePage() {
  const { node, name } = useParams({ from: FROM });
  const iface = useInterface(interfacePath(node, name));
  const known = useHasSnapshot();
  return (
    <>
      <PageHeader title={name} mono state={<LiveBadge node={node} />} />
      <StaleFrame node={node}>
        {iface ? (
          <Interface key={iface.path} iface={iface} />
        ) : known ? (
          <NotWatched name={name} />
        ) : (
          <Waiting />
        )}
      </StaleFrame>
    </>
  );
}

function Waiting() {
  return (
    <div className={styles.facts}>
      <Skeleton lines={10} />
    </div>
  );
}

function NotWatched({ name }: { name: string }) {
  return (
    <MessagePage title="This interface is not watched" level={2}>
      <p>
        Sentra watches what <code>WG_INTERFACE</code> names, comma separated. Add {name} to it and start
        Sentra again, or see <Link to="/interfaces">what is watched now</Link>.
      </p>
    </MessagePage>
  );
}

function Interface({ iface }: { iface: InterfaceStatus }) {
  return (
    <>
      <div className={styles.facts}>
        <InterfaceTrouble iface={iface} />
        <InterfaceFacts iface={iface} />
      </div>
      {iface.peers_total > 0 ? (
        <Peers iface={iface} />
      ) : (
        iface.error === null && <NoPeers name={iface.name} />
      )}
    </>
  );
}

function Peers({ iface }: { iface: InterfaceStatus }) {
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
  const filter = useMemo(() => parsePeerFilter(wanted), [wanted]);
  const sort = useMemo(() => parseSort(search.sort), [search.sort]);
  const order = usePeerOrder(iface.path, filter, sort);
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
  return (
    <div className={styles.peers}>
      <div className={styles.toolbar}>
        <PeerSearch
          text={text}
          onText={setText}
          iface={iface}
          shown={order.length}
          problems={filter.problems}
        />
        <SortSelect sort={sort} onSort={onSort} />
        <span className={styles.columns}>
          <ColumnMenu hidden={hidden} onHidden={onHidden} />
        </span>
      </div>
      <PeerTable
        order={order}
        sort={sort}
        onSort={useCallback((column: SortColumn) => onSort(toggledSort(sort, column)), [onSort, sort])}
        hidden={hidden}
        open={open}
        onOpen={onOpen}
        addressOf={addressOf}
      />
      {order.length === 0 && <NoMatch onClear={() => setText("")} />}
      {open !== null && (
        <PeerPanel path={peerPath(iface.node, iface.name, open)} onClose={() => onOpen(null)} />
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
