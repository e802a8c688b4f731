import { useMutation, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { formError } from "@/api/field-errors";
import { rememberWaiting } from "@/api/waiting-change";
import { changePeer, deletePeer } from "@/features/peers/change-peer";
import { ConfigFileLink } from "@/features/peers/config-file-link";
import type { HandedOut } from "@/features/peers/handed-out";
import { NotRunningYet } from "@/features/peers/not-running-yet";
import styles from "@/features/peers/peer-document.module.css";
import { type Peer, refreshPeers } from "@/features/peers/peer-documents";
import { RekeyDialog } from "@/features/peers/rekey-dialog";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Notice } from "@/ui/notice";

// A form and its fields, which nobody needs who only looks.
const EditPeerDialog = lazy(() =>
  import("@/features/peers/edit-peer-dialog").then((module) => ({ default: module.EditPeerDialog })),
);

type Props = { peer: Peer; onRekeyed: (handedOut: HandedOut) => void };

/** What people decided about a peer, and what can be done with it. */
export function PeerDocument({ peer, onRekeyed }: Props) {
  const [open, setOpen] = useState<"edit" | "rekey" | "delete" | null>(null);
  const client = useQueryClient();
  const toggle = useMutation({
    mutationFn: () => changePeer(peer, { enabled: !peer.enabled }),
    onSuccess: ({ confirm }) => rememberWaiting(client, peer.interface_id, confirm),
    onSettled: () => refreshPeers(client, peer.interface_id),
  });
  const close = () => setOpen(null);
  const may = (action: string) => peer.can.includes(action);
  const problem = formError(toggle.error, []);
  return (
    <div className={styles.document}>
      {problem && <Notice title={problem} />}
      {toggle.data?.reason && <NotRunningYet reason={toggle.data.reason} onClose={toggle.reset} />}
      {peer.must_reimport && (
        <Notice title="The config file of this peer is out of date">
          <p>Something that is in it has changed. Hand it out again, or make a new key.</p>
        </Notice>
      )}
      {!peer.enabled && (
        <p>Disabled{peer.disabled_reason ? `: ${peer.disabled_reason}` : ""}. Its settings are kept.</p>
      )}
      <Actions>
        {may("peer:rekey") && (
          <Button onClick={() => setOpen("rekey")} title="Makes a new key pair: the old file stops working">
            New key and QR
          </Button>
        )}
        {peer.has_private_key && may("peer:config") && (
          <ConfigFileLink peer={peer}>Config file</ConfigFileLink>
        )}
        {may("peer:update") && <Button onClick={() => setOpen("edit")}>Edit</Button>}
        {may("peer:update") && (
          <Button onClick={() => toggle.mutate()} busy={toggle.isPending}>
            {peer.enabled ? "Disable" : "Enable"}
          </Button>
        )}
        {may("peer:delete") && <Button onClick={() => setOpen("delete")}>Delete</Button>}
      </Actions>
      <Facts peer={peer} />
      <Suspense>{open === "edit" && <EditPeerDialog peer={peer} onClose={close} />}</Suspense>
      {open === "rekey" && <RekeyDialog peer={peer} onClose={close} onRekeyed={onRekeyed} />}
      {open === "delete" && <DeletePeerDialog peer={peer} onClose={close} />}
    </div>
  );
}

function Facts({ peer }: { peer: Peer }) {
  const facts: [name: string, value: string, mono?: boolean][] = [
    ["Tunnel addresses", peer.addresses.join(", "), true],
    ["Networks behind it", peer.routes.join(", "), true],
    ["Sends into tunnel", peer.effective_client_allowed_ips.join(", "), true],
    ["Tags", peer.tags.join(", ")],
    ["Expires", peer.expires_at ? new Date(peer.expires_at).toLocaleString() : ""],
    ["Notes", peer.notes],
    ["Config revision", revisionOf(peer)],
  ];
  return (
    <dl className={styles.facts}>
      {facts.map(
        ([name, value, mono]) =>
          value && (
            <div key={name} data-fact={name.toLowerCase()}>
              <dt>{name}</dt>
              <dd className={mono ? styles.mono : undefined}>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

function revisionOf(peer: Peer): string {
  if (!peer.given_revision) return `${peer.config_revision}, never handed out`;
  if (peer.must_reimport) return `${peer.config_revision}, the peer has ${peer.given_revision}`;
  return `${peer.config_revision}, as the peer has it`;
}

function DeletePeerDialog({ peer, onClose }: { peer: Peer; onClose: () => void }) {
  const client = useQueryClient();
  const request = useMutation({
    mutationFn: () => deletePeer(peer),
    onSuccess: async ({ confirm, reason }) => {
      rememberWaiting(client, peer.interface_id, confirm);
      // Read again, the peer is gone, and this dialog with it.
      if (reason === null) await finish();
    },
    onError: () => refreshPeers(client, peer.interface_id),
  });
  const finish = async () => {
    await refreshPeers(client, peer.interface_id);
    onClose();
  };
  const problem = formError(request.error, []);
  if (request.data?.reason)
    return (
      <Dialog title={`Delete ${peer.name}`} onClose={finish}>
        <NotRunningYet what="Deleted, but it still runs" reason={request.data.reason} onClose={finish} />
      </Dialog>
    );
  return (
    <Dialog title={`Delete ${peer.name}?`} onClose={onClose}>
      <div className={styles.question}>
        {problem && <Notice title={problem} />}
        <p>
          Its tunnel ends at once and its config file stops working. Its addresses are free again after 24
          hours. This can be undone in the history of the interface.
        </p>
        <Actions>
          <Button look="main" onClick={() => request.mutate()} busy={request.isPending}>
            Delete peer
          </Button>
          <Button onClick={onClose}>Keep it</Button>
        </Actions>
      </div>
    </Dialog>
  );
}
