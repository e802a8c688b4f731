import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
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
  const none = peers.length === 0;
  const problem = formError(request.error, []);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const at = formText(form, "expires_at");
    if (asking === "tag") request.mutate({ add_tags: entriesOf(formText(form, "tags")) });
    else request.mutate({ expires_at: at ? new Date(at).toISOString() : null });
  };
  return (
    <section className={styles.bar} aria-label="Chosen peers">
      {problem && <Notice title={problem} />}
      <Actions>
        <strong>{formatCount(peers.length)} chosen</strong>
        <Button onClick={onAll}>Choose all {formatCount(shown)}</Button>
        <Button disabled={none} onClick={() => request.mutate({ enabled: true })}>
          Enable
        </Button>
        <Button disabled={none} onClick={() => request.mutate({ enabled: false })}>
          Disable
        </Button>
        <Button disabled={none} onClick={() => setAsking("tag")}>
          Tag
        </Button>
        <Button disabled={none} onClick={() => setAsking("expiry")}>
          Set expiry
        </Button>
        <Button disabled={none} onClick={() => setAsking("delete")}>
          Delete
        </Button>
        <Button onClick={onDone}>Cancel</Button>
      </Actions>
      {asking === "delete" && (
        <Dialog title={`Delete ${formatCount(peers.length)} peers?`} onClose={() => setAsking(null)}>
          <p>Their tunnels end at once and their config files stop working.</p>
          <Actions>
            <Button look="main" busy={request.isPending} onClick={() => request.mutate("delete")}>
              Delete {formatCount(peers.length)} peers
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
            {asking === "tag" ? (
              <TextField label="Tags to add" name="tags" required autoFocus />
            ) : (
              <TextField
                label="Expires"
                name="expires_at"
                type="datetime-local"
                description="Empty: never."
                autoFocus
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
