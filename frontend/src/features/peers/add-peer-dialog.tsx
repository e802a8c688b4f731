import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { fieldError, formError } from "@/api/field-errors";
import { type Created, createPeer, type KeySource, type PeerCreate } from "@/features/peers/create-peer";
import { HandOutDialog } from "@/features/peers/hand-out-dialog";
import { KeptFile } from "@/features/peers/kept-file";
import { refreshPeers } from "@/features/peers/peer-documents";
import { PeerFields } from "@/features/peers/peer-fields";
import { PEER_FIELDS, peerFieldsOf, type WrongFields, wrongNumbers } from "@/features/peers/peer-texts";
import { formText } from "@/lib/form-text";
import { isKey } from "@/lib/wireguard-keys";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Check } from "@/ui/check";
import { Choice } from "@/ui/choice";
import { Dialog } from "@/ui/dialog";
import { Fold } from "@/ui/fold";
import { Form } from "@/ui/form";
import { Notice } from "@/ui/notice";
import { TextField } from "@/ui/text-field";

type Props = {
  iface: { id: string; node: string; name: string; server_keys: boolean };
  onClose: () => void;
};

const NO_KEY = "A public key has 44 characters, as wg pubkey prints it.";

/** A name is enough; then the config file, until it is closed. */
export function AddPeerDialog({ iface, onClose }: Props) {
  const [created, setCreated] = useState<Created | null>(null);
  if (!created)
    return (
      <Dialog title={`Add a peer to ${iface.name}`} onClose={onClose}>
        <AddPeerForm iface={iface} onCreated={setCreated} />
      </Dialog>
    );
  if (created.handedOut)
    return (
      <HandOutDialog
        handedOut={created.handedOut}
        node={iface.node}
        interfaceName={iface.name}
        onClose={onClose}
      />
    );
  if (created.peer.has_private_key && created.peer.can.includes("peer:config"))
    return (
      <Dialog title={created.peer.name} onClose={onClose} wide>
        <KeptFile
          peer={created.peer}
          node={iface.node}
          interfaceName={iface.name}
          reason={created.reason}
          onClose={onClose}
        />
      </Dialog>
    );
  return (
    <Dialog title={created.peer.name} onClose={onClose}>
      {created.reason && <Notice title={`Decided, but it does not run yet: ${created.reason}`} />}
      <WithoutFile onClose={onClose} />
    </Dialog>
  );
}

function WithoutFile({ onClose }: { onClose: () => void }) {
  return (
    <>
      <p>The peer is added. Its panel shows the addresses and allowed IPs that its own config file needs.</p>
      <Actions>
        <Button look="main" onClick={onClose}>
          Done
        </Button>
      </Actions>
    </>
  );
}

function AddPeerForm({ iface, onCreated }: { iface: Props["iface"]; onCreated: (created: Created) => void }) {
  const client = useQueryClient();
  const [keys, setKeys] = useState<KeySource>("browser");
  const [wrong, setWrong] = useState<WrongFields>({});
  const request = useMutation({
    mutationFn: (form: FormData) =>
      createPeer(iface.id, wantedOf(form, keys), { keys, preshared: form.has("preshared") }),
    gcTime: 0,
    onSuccess: (created) => {
      onCreated(created);
      void refreshPeers(client, iface.id);
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const found = { ...wrongNumbers(form) };
    if (keys === "own" && !isKey(formText(form, "public_key").trim())) found.public_key = NO_KEY;
    setWrong(found);
    request.reset();
    if (Object.keys(found).length === 0) request.mutate(form);
  };
  const error = (field: string) => wrong[field] ?? fieldError(request.error, field);
  const foldIsWrong = ["public_key", ...PEER_FIELDS].some((field) => error(field) !== null);
  const general = formError(request.error, ["name", "public_key", ...PEER_FIELDS]);
  return (
    <Form onSubmit={submit}>
      {general && <Notice title={general} />}
      <TextField label="Name" name="name" required maxLength={60} error={error("name")} />
      <Fold summary="More" open={foldIsWrong}>
        <Choice
          label="Key pair"
          value={keys}
          onChange={setKeys}
          options={[
            {
              value: "browser",
              label: "Made in this browser",
              note: "The server never sees the private key.",
            },
            { value: "own", label: "The peer has one", note: "Paste its public key." },
            {
              value: "server",
              label: "Made and kept by the server",
              note: "Stored encrypted; its file can be downloaded again.",
              disabled: iface.server_keys ? undefined : "Not allowed on this interface.",
            },
          ]}
        />
        {keys === "own" && <TextField label="Public key" name="public_key" error={error("public_key")} />}
        {keys !== "own" && (
          <Check label="Preshared key" name="preshared" note="A second, symmetric secret for this pair." />
        )}
        <PeerFields error={error} />
      </Fold>
      <Button type="submit" look="main" busy={request.isPending}>
        Add peer
      </Button>
    </Form>
  );
}

function wantedOf(form: FormData, keys: KeySource): Omit<PeerCreate, "preshared_key"> {
  return {
    name: formText(form, "name").trim(),
    ...(keys === "own" ? { public_key: formText(form, "public_key").trim() } : null),
    ...peerFieldsOf(form),
  };
}
