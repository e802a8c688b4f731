import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { fieldError, formError } from "@/api/field-errors";
import { type Created, createPeer, type KeySource, type PeerCreate } from "@/features/peers/create-peer";
import { HandOutDialog } from "@/features/peers/hand-out-dialog";
import { refreshPeers } from "@/features/peers/peer-documents";
import { PEER_FIELDS, PeerFields, peerFieldsOf } from "@/features/peers/peer-fields";
import { formText } from "@/lib/form-text";
import { isKey } from "@/lib/wireguard-keys";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Check } from "@/ui/check";
import { Choice } from "@/ui/choice";
import { Dialog } from "@/ui/dialog";
import { Form } from "@/ui/form";
import { Notice } from "@/ui/notice";
import { TextField } from "@/ui/text-field";

type Props = {
  iface: { id: string; node: string; name: string; server_keys: boolean };
  onClose: () => void;
};

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
      <p>The peer is added. Its panel shows what its own config file needs.</p>
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
  const [wrongKey, setWrongKey] = useState(false);
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
    const wrong = keys === "own" && !isKey(formText(form, "public_key").trim());
    setWrongKey(wrong);
    if (!wrong) request.mutate(form);
  };
  const error = (field: string) => fieldError(request.error, field);
  const general = formError(request.error, ["name", "public_key", ...PEER_FIELDS]);
  return (
    <Form onSubmit={submit}>
      {general && <Notice title={general} />}
      <TextField label="Name" name="name" required maxLength={60} autoFocus error={error("name")} />
      <details>
        <summary>More</summary>
        <div data-fields="">
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
          {keys === "own" && (
            <TextField
              label="Public key"
              name="public_key"
              error={
                wrongKey ? "A public key has 44 characters, as wg pubkey prints it." : error("public_key")
              }
            />
          )}
          {keys !== "own" && (
            <Check label="Preshared key" name="preshared" note="A second, symmetric secret for this pair." />
          )}
          <PeerFields error={error} />
        </div>
      </details>
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
