import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import styles from "@/features/policies/policies.module.css";
import { rotateSigningKey } from "@/features/policies/policy-documents";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Notice } from "@/ui/notice";

/** The key that signs access tokens, and a new one in its place. */
export function SigningKey() {
  const [asking, setAsking] = useState(false);
  const [kid, setKid] = useState<string | null>(null);
  return (
    <div className={styles.part}>
      <p className={styles.note}>
        Programs that sign in as somebody get access tokens, which are good for ten minutes. This key signs
        them. Rotate it once in a while, and when somebody may have read it.
      </p>
      <div>
        <Button onClick={() => setAsking(true)}>Rotate the signing key</Button>
      </div>
      {kid && (
        <p role="status">
          Rotated. The new key is <code>{kid}</code>.
        </p>
      )}
      {asking && (
        <RotateDialog
          onRotated={(made) => {
            setKid(made);
            setAsking(false);
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  );
}

function RotateDialog({ onRotated, onClose }: { onRotated: (kid: string) => void; onClose: () => void }) {
  const request = useMutation({ mutationFn: rotateSigningKey, onSuccess: onRotated });
  return (
    <Dialog title="Rotate the signing key" onClose={onClose}>
      {request.error && <Notice title={request.error.message} />}
      <ul className={styles.lines}>
        <li>New access tokens are signed with a new key from now on.</li>
        <li>Tokens that were signed before stay good for their ten minutes, so no program notices.</li>
        <li>Eleven minutes later the old key opens nothing. API tokens and sessions do not depend on it.</li>
      </ul>
      <Actions>
        <Button look="main" busy={request.isPending} onClick={() => request.mutate()}>
          Rotate
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </Actions>
    </Dialog>
  );
}
