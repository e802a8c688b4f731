import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ApiError } from "@/api/api-error";
import { fieldError, formError } from "@/api/field-errors";
import { rememberWaiting } from "@/api/waiting-change";
import { changePeer } from "@/features/peers/change-peer";
import { type Peer, refreshPeers } from "@/features/peers/peer-documents";
import {
  PEER_FIELDS,
  PeerFields,
  peerChangesOf,
  type WrongFields,
  wrongNumbers,
} from "@/features/peers/peer-fields";
import { formText } from "@/lib/form-text";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Form } from "@/ui/form";
import { Notice } from "@/ui/notice";
import { TextField } from "@/ui/text-field";

/** Everything about a peer that can be changed, beside its key. */
export function EditPeerDialog({ peer, onClose }: { peer: Peer; onClose: () => void }) {
  const client = useQueryClient();
  const [wrong, setWrong] = useState<WrongFields>({});
  const request = useMutation({
    mutationFn: (form: FormData) =>
      changePeer(peer, { name: formText(form, "name").trim(), ...peerChangesOf(form) }),
    onSuccess: async (confirm) => {
      rememberWaiting(client, peer.interface_id, confirm);
      await refreshPeers(client, peer.interface_id);
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const found = wrongNumbers(form);
    setWrong(found);
    request.reset();
    if (Object.keys(found).length === 0) request.mutate(form);
  };
  const error = (field: string) => wrong[field] ?? fieldError(request.error, field);
  const general = formError(request.error, ["name", ...PEER_FIELDS]);
  const overtaken = request.error instanceof ApiError && request.error.status === 412;
  return (
    <Dialog title={`Edit ${peer.name}`} onClose={onClose}>
      <Form onSubmit={submit}>
        {general && (
          <Notice title={general}>
            {overtaken && (
              <Button
                onClick={() => {
                  void refreshPeers(client, peer.interface_id);
                  onClose();
                }}
              >
                Show the newest
              </Button>
            )}
          </Notice>
        )}
        <TextField
          label="Name"
          name="name"
          required
          maxLength={60}
          defaultValue={peer.name}
          error={error("name")}
        />
        <PeerFields peer={peer} error={error} />
        <Button type="submit" look="main" busy={request.isPending}>
          Save
        </Button>
      </Form>
    </Dialog>
  );
}
