import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { formError } from "@/api/field-errors";
import { rememberWaiting } from "@/api/waiting-change";
import styles from "@/features/peers/bulk-bar.module.css";
import { changePeers, deletePeers, type PeersChange } from "@/features/peers/change-peers";
import { type Peer, refreshPeers } from "@/features/peers/peer-documents";
import { formText } from "@/lib/form-text";
import { formatCount } from "@/lib/format";
import { entriesOf } from "@/lib/text-list";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Form } from "@/ui/form";
import { Notice } from "@/ui/notice";
import { TextField } from "@/ui/text-field";

type Props = {
  interfaceId: string;
  peers: readonly Peer[];
  /** How many could be chosen, and how to choose them all. */
  shown: number;
  onAll: () => void;
  onDone: () => void;
};

type Asking = "delete" | "tag" | "expiry" | null;

/** What can be done with all chosen peers at once: with each of them, or with none. */
export function BulkBar({ interfaceId, peers, shown, onAll, onDone }: Props) {
  const client = useQueryClient();
  const [asking, setAsking] = useState<Asking>(null);
  const request = useMutation({
    mutationFn: (change: PeersChange | "delete") => {
      const ids = peers.map((peer) => peer.id);
      return change === "delete" ? deletePeers(interfaceId, ids) : changePeers(interfaceId, ids, change);
    },
    onSuccess: async (confirm) => {
      rememberWaiting(client, interfaceId, confirm);
      await refreshPeers(client, interfaceId);
      onDone();
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
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const at = formText(form, "expires_at");
    if (asking === "tag") request.mutate({ add_tags: entriesOf(formText(form, "tags")) });
    else request.mutate({ expires_at: at ? new Date(at).toISOString() : null });
  };
  return (
    <section ref={bar} tabIndex={-1} className={styles.bar} aria-label="Chosen peers">
      {problem && !asking && <Notice title={problem} />}
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
      {asking === "delete" && (
        <Dialog title={`Delete ${chosen}?`} onClose={() => setAsking(null)}>
          {problem && <Notice title={problem} />}
          <p>
            Their tunnels end at once and their config files stop working. This can be undone in the history
            of the interface.
          </p>
          <Actions>
            <Button look="main" busy={request.isPending} onClick={() => request.mutate("delete")}>
              Delete {chosen}
            </Button>
            <Button onClick={() => setAsking(null)}>Keep them</Button>
          </Actions>
        </Dialog>
      )}
      {(asking === "tag" || asking === "expiry") && (
        <Dialog
          title={asking === "tag" ? "Tag the chosen peers" : "When the chosen peers expire"}
          onClose={() => setAsking(null)}
        >
          <Form onSubmit={submit}>
            {problem && <Notice title={problem} />}
            {asking === "tag" ? (
              <TextField label="Tags to add" name="tags" description="Commas between them." required />
            ) : (
              <TextField
                label="Expires"
                name="expires_at"
                type="datetime-local"
                description="They are disabled then. Empty: never."
              />
            )}
            <Button type="submit" look="main" busy={request.isPending}>
              {asking === "tag" ? "Add tags" : "Set expiry"}
            </Button>
          </Form>
        </Dialog>
      )}
    </section>
  );
}
