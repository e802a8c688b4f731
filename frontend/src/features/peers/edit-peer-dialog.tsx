import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, Fragment, useState } from "react";
import { ApiError } from "@/api/api-error";
import { fieldError, formError } from "@/api/field-errors";
import { whoChanged } from "@/api/last-change";
import { rememberWaiting } from "@/api/waiting-change";
import { changePeer, readPeer } from "@/features/peers/change-peer";
import { NotRunningYet } from "@/features/peers/not-running-yet";
import { type Peer, refreshPeers } from "@/features/peers/peer-documents";
import { PeerFields } from "@/features/peers/peer-fields";
import {
  PEER_FIELD_NAMES,
  PEER_FIELDS,
  type PeerTexts,
  peerChangesOf,
  textsOf,
  typedTexts,
  type WrongFields,
  wrongNumbers,
} from "@/features/peers/peer-texts";
import { editedTexts, type Overtaken, overtakenFields } from "@/lib/overtaken";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Form } from "@/ui/form";
import { Notice } from "@/ui/notice";
import { OvertakenNotice } from "@/ui/overtaken-notice";
import { TextField } from "@/ui/text-field";

type Meanwhile = Readonly<{ who: string | null; fields: readonly Overtaken[] }>;

/** Everything about a peer that can be changed, beside its key. */
export function EditPeerDialog({ peer, onClose }: { peer: Peer; onClose: () => void }) {
  const client = useQueryClient();
  // What was looked at: the peer is read again while somebody types.
  const [looked, setLooked] = useState(peer);
  const [shown, setShown] = useState(() => ({ texts: textsOf(peer), round: 0 }));
  const [meanwhile, setMeanwhile] = useState<Meanwhile | null>(null);
  const [wrong, setWrong] = useState<WrongFields>({});
  const show = (texts: PeerTexts) => setShown(({ round }) => ({ texts, round: round + 1 }));
  /** Take in what somebody else made of the peer, and keep what was typed. */
  const lookAgain = async (edited: Partial<PeerTexts>) => {
    const newest = await readPeer(looked.id);
    const fields = overtakenFields(textsOf(looked), textsOf(newest), edited);
    const names = fields.map(({ field }) => field);
    setMeanwhile({ who: await whoChanged(looked.interface_id, looked.id, names), fields });
    show({ ...textsOf(newest), ...edited });
    setLooked(newest);
  };
  const request = useMutation({
    mutationFn: async (form: FormData) => {
      const edited: Partial<PeerTexts> = editedTexts(textsOf(looked), typedTexts(form));
      try {
        return await changePeer(looked, peerChangesOf(form, edited));
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 412) throw error;
        await lookAgain(edited);
        return null;
      }
    },
    onSuccess: async (outcome) => {
      rememberWaiting(client, peer.interface_id, outcome?.confirm ?? null);
      await refreshPeers(client, peer.interface_id);
      if (outcome?.reason === null) onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const found = wrongNumbers(form);
    setWrong(found);
    setMeanwhile(null);
    request.reset();
    if (Object.keys(found).length === 0) request.mutate(form);
  };
  const takeTheirs = () => {
    show(textsOf(looked));
    setMeanwhile(null);
  };
  const error = (field: string) => wrong[field] ?? fieldError(request.error, field);
  const general = formError(request.error, ["name", ...PEER_FIELDS]);
  const title = `Edit ${peer.name}`;
  if (request.data?.reason)
    return (
      <Dialog title={title} onClose={onClose}>
        <NotRunningYet reason={request.data.reason} onClose={onClose} />
      </Dialog>
    );
  return (
    <Dialog title={title} onClose={onClose}>
      <Form onSubmit={submit}>
        {general && <Notice title={general} />}
        {meanwhile && (
          <OvertakenNotice
            subject={looked.name}
            {...meanwhile}
            nameOf={(field) => PEER_FIELD_NAMES[field as keyof PeerTexts]}
            onTakeTheirs={takeTheirs}
          />
        )}
        {/* What the fields show has changed: they begin anew. */}
        <Fragment key={shown.round}>
          <TextField
            label={PEER_FIELD_NAMES.name}
            name="name"
            required
            maxLength={60}
            defaultValue={shown.texts.name}
            error={error("name")}
          />
          <PeerFields texts={shown.texts} allowedIps={looked.effective_client_allowed_ips} error={error} />
        </Fragment>
        <Button type="submit" look="main" busy={request.isPending}>
          Save
        </Button>
      </Form>
    </Dialog>
  );
}
