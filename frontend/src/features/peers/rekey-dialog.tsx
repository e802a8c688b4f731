import { useMutation } from "@tanstack/react-query";
import { formError } from "@/api/field-errors";
import { rekeyPeer } from "@/features/peers/create-peer";
import type { HandedOut } from "@/features/peers/handed-out";
import styles from "@/features/peers/peer-document.module.css";
import type { Peer } from "@/features/peers/peer-documents";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Notice } from "@/ui/notice";

type Props = { peer: Peer; onClose: () => void; onRekeyed: (handedOut: HandedOut) => void };

/** Asks before a config file is shown again, which takes a new key pair: nobody has kept the old one. */
export function RekeyDialog({ peer, onClose, onRekeyed }: Props) {
  const request = useMutation({ mutationFn: () => rekeyPeer(peer), gcTime: 0, onSuccess: onRekeyed });
  const problem = formError(request.error, []);
  return (
    <Dialog title={`New key for ${peer.name}`} onClose={onClose}>
      <div className={styles.question}>
        {problem && <Notice title={problem} />}
        <p>
          The private key was made where the peer was added and is kept nowhere. To show a file again, a new
          pair is made in this browser and swapped in one step. The old file stops working at once; addresses
          and settings stay.
        </p>
        <Actions>
          <Button look="main" onClick={() => request.mutate()} busy={request.isPending}>
            Make a new key
          </Button>
          <Button onClick={onClose}>Keep the old one</Button>
        </Actions>
      </div>
    </Dialog>
  );
}
