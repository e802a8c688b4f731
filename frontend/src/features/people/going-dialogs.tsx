import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type PeersToo, PeersTooChoice } from "@/features/people/peers-too";
import {
  changePerson,
  isOvertaken,
  type Person,
  refreshPeople,
  rememberAll,
  removePerson,
  type Waiting,
} from "@/features/people/person-documents";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Notice } from "@/ui/notice";

type Props = { person: Person; onClose: () => void };

/** Keeps somebody out, their peers too where that is wanted; they can be enabled again. */
export function DisableDialog({ person, onClose }: Props) {
  const [peers, setPeers] = useState<PeersToo>("disable");
  const request = useGoing(onClose, () =>
    changePerson(person, {
      enabled: false,
      ...(peers === "disable" && person.peer_count > 0 ? { disable_peers: true } : null),
    }),
  );
  return (
    <Dialog title={`Disable ${person.name}`} onClose={onClose}>
      <Trouble error={request.error} />
      <p>
        They are signed out everywhere at once and cannot come in, their API tokens stop, and links that they
        have are void.
      </p>
      <PeersTooChoice
        person={person}
        value={peers}
        keep="They go on working: who has the config file is still in the network."
        onChange={setPeers}
      />
      <Buttons label="Disable" busy={request.isPending} onDo={() => request.mutate()} onClose={onClose} />
    </Dialog>
  );
}

/** Lets somebody in again who was disabled. */
export function EnableDialog({ person, onClose }: Props) {
  const request = useGoing(onClose, () => changePerson(person, { enabled: true }));
  return (
    <Dialog title={`Enable ${person.name}`} onClose={onClose}>
      <Trouble error={request.error} />
      <p>They can sign in again, with the roles that they had. Peers that are disabled stay so.</p>
      <Buttons label="Enable" busy={request.isPending} onDo={() => request.mutate()} onClose={onClose} />
    </Dialog>
  );
}

/** Removes somebody for good, after a word about what that means for their peers. */
export function RemoveDialog({ person, onClose }: Props) {
  const [peers, setPeers] = useState<PeersToo>("disable");
  const request = useGoing(onClose, () => removePerson(person, person.peer_count > 0 ? peers : "keep"));
  return (
    <Dialog title={`Remove ${person.name}`} onClose={onClose}>
      <Trouble error={request.error} />
      <p>
        Their account, sessions, API tokens and second factors are gone for good. What they did stays in the
        audit.
        {person.peer_count > 0 && " Their peers stay, without an owner."}
      </p>
      <PeersTooChoice
        person={person}
        value={peers}
        keep="They go on working without an owner: who has the config file is still in the network."
        onChange={setPeers}
      />
      <Buttons
        label={`Remove ${person.name}`}
        busy={request.isPending}
        onDo={() => request.mutate()}
        onClose={onClose}
      />
    </Dialog>
  );
}

/** A change that may wait to be kept: the page tells of it, and the dialog is done. */
function useGoing(onClose: () => void, change: () => Promise<readonly Waiting[]>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: async (waiting) => {
      rememberAll(client, waiting);
      await Promise.all([
        refreshPeople(client),
        client.invalidateQueries({ queryKey: ["interfaces"] }),
        client.invalidateQueries({ queryKey: ["peers"] }),
      ]);
      onClose();
    },
  });
}

function Trouble({ error }: { error: Error | null }) {
  return (
    error && (
      <Notice title={error.message}>
        {isOvertaken(error) && <p>Close this, and look at them again.</p>}
      </Notice>
    )
  );
}

type ButtonsProps = { label: string; busy: boolean; onDo: () => void; onClose: () => void };

function Buttons({ label, busy, onDo, onClose }: ButtonsProps) {
  return (
    <Actions>
      <Button look="main" busy={busy} onClick={onDo}>
        {label}
      </Button>
      <Button onClick={onClose}>Cancel</Button>
    </Actions>
  );
}
