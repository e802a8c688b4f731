import { useMutation, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { formError } from "@/api/field-errors";
import { rememberWaiting } from "@/api/waiting-change";
import styles from "@/features/peers/bulk-bar.module.css";
import type { Asking } from "@/features/peers/bulk-dialog";
import { changePeers, deletePeers, type PeersChange } from "@/features/peers/change-peers";
import { NotRunningYet } from "@/features/peers/not-running-yet";
import { type Peer, refreshPeers } from "@/features/peers/peer-documents";
import { formatCount } from "@/lib/format";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";

type Props = {
  interfaceId: string;
  peers: readonly Peer[];
  /** How many could be chosen, and how to choose them all. */
  shown: number;
  onAll: () => void;
  onDone: () => void;
};

// Forms and their fields, which nobody needs who only looks.
const BulkDialog = lazy(() =>
  import("@/features/peers/bulk-dialog").then((module) => ({ default: module.BulkDialog })),
);

/** What can be done with all chosen peers at once: with each of them, or with none. */
export function BulkBar({ interfaceId, peers, shown, onAll, onDone }: Props) {
  const client = useQueryClient();
  const [asking, setAsking] = useState<Asking | null>(null);
  const request = useMutation({
    mutationFn: (change: PeersChange | "delete") => {
      const ids = peers.map((peer) => peer.id);
      return change === "delete" ? deletePeers(interfaceId, ids) : changePeers(interfaceId, ids, change);
    },
    onSuccess: async ({ confirm, reason }) => {
      rememberWaiting(client, interfaceId, confirm);
      await refreshPeers(client, interfaceId);
      if (reason === null) onDone();
    },
  });
  const bar = useRef<HTMLElement>(null);
  // The button that began the choosing is gone.
  useEffect(() => bar.current?.focus({ preventScroll: true }), []);
  const none = peers.length === 0;
  const problem = formError(request.error, []);
  const chosen = peers.length === 1 ? "1 peer" : `${formatCount(peers.length)} peers`;
  const ask = (what: Asking) => {
    request.reset();
    setAsking(what);
  };
  return (
    <section ref={bar} tabIndex={-1} className={styles.bar} aria-label="Chosen peers">
      {problem && !asking && <Notice title={problem} />}
      {request.data?.reason && !asking && <NotRunningYet reason={request.data.reason} onClose={onDone} />}
      <div className={styles.choice}>
        <strong>{formatCount(peers.length)} chosen</strong>
        <Button onClick={onAll}>Choose all {formatCount(shown)}</Button>
        <Button onClick={onDone}>Cancel</Button>
      </div>
      <div className={styles.changes}>
        <Button disabled={none || request.isPending} onClick={() => request.mutate({ enabled: true })}>
          Enable
        </Button>
        <Button disabled={none || request.isPending} onClick={() => request.mutate({ enabled: false })}>
          Disable
        </Button>
        <Button disabled={none} onClick={() => ask("tag")}>
          Tag
        </Button>
        <Button disabled={none} onClick={() => ask("expiry")}>
          Set expiry
        </Button>
        <Button disabled={none} onClick={() => ask("delete")}>
          Delete
        </Button>
      </div>
      <Suspense>
        {asking && (
          <BulkDialog
            asking={asking}
            chosen={chosen}
            outcome={request.data ?? null}
            problem={problem}
            busy={request.isPending}
            onChange={request.mutate}
            onClose={() => (request.data ? onDone() : setAsking(null))}
          />
        )}
      </Suspense>
    </section>
  );
}
