import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { type Keys, keysQuery, rotateMasterKey, rotateSigningKey } from "@/features/policies/key-documents";
import styles from "@/features/policies/policies.module.css";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Notice } from "@/ui/notice";
import { Skeleton } from "@/ui/skeleton";

type Kind = "signing" | "master";

/** What is to be known of each key before it is replaced. */
const WORDS: Record<Kind, { name: string; what: string; lines: readonly string[] }> = {
  signing: {
    name: "signing key",
    what: "Signs the access tokens of programs that sign in as somebody.",
    lines: [
      "New access tokens are signed with a new key from now on.",
      "Tokens that were signed before stay good for their ten minutes, so no program notices.",
      "Eleven minutes later the old key opens nothing. API tokens and sessions do not depend on it.",
    ],
  },
  master: {
    name: "master key",
    what: "Seals the secrets that are stored: preshared keys, seeds of authenticator apps and their like.",
    lines: [
      "Everything that is stored sealed is sealed anew with a new key, while Sentra goes on. Then the old key is destroyed.",
      "Backups that were made before cannot be read in full any more. Make a new one when it is done.",
      "The new key is in the state folder, in place of the old one. Keep it with the backups.",
    ],
  },
};

/** The keys in use, and new ones in their place. */
export function KeysSection({ mayRotate }: { mayRotate: boolean }) {
  const { data, error, isPending } = useQuery(keysQuery);
  const [rotating, setRotating] = useState<Kind | null>(null);
  if (isPending) return <Skeleton lines={4} />;
  return (
    <div className={styles.keys}>
      {error && <Notice title={error.message} />}
      {data && (
        <>
          <Key kind="signing" id={data.signing.kid} onRotate={mayRotate ? setRotating : null} />
          <Key
            kind="master"
            id={data.master.id}
            state={masterWords(data.master)}
            onRotate={mayRotate && !data.master.is_replacing ? setRotating : null}
          />
        </>
      )}
      {rotating && <RotateDialog kind={rotating} onClose={() => setRotating(null)} />}
    </div>
  );
}

type KeyProps = { kind: Kind; id: string; state?: ReactNode; onRotate: ((kind: Kind) => void) | null };

function Key({ kind, id, state, onRotate }: KeyProps) {
  const { name, what } = WORDS[kind];
  return (
    <div className={styles.key}>
      <div className={styles.text}>
        <p className={styles.name}>
          {name.slice(0, 1).toUpperCase() + name.slice(1)} <code>{id}</code>
        </p>
        <p className={styles.note}>{what}</p>
        {state && <p role="status">{state}</p>}
      </div>
      {onRotate && (
        <Button onClick={() => onRotate(kind)} aria-label={`Rotate the ${name}`}>
          Rotate
        </Button>
      )}
    </div>
  );
}

function RotateDialog({ kind, onClose }: { kind: Kind; onClose: () => void }) {
  const client = useQueryClient();
  const request = useMutation({
    mutationFn: kind === "signing" ? rotateSigningKey : rotateMasterKey,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keysQuery.queryKey });
      onClose();
    },
  });
  const { name, lines } = WORDS[kind];
  return (
    <Dialog title={`Rotate the ${name}`} onClose={onClose}>
      {request.error && <Notice title={request.error.message} />}
      <ul className={styles.lines}>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
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

function masterWords({ is_replacing, resealed }: Keys["master"]): string | null {
  return is_replacing ? `It replaces another one: ${resealed} sealed anew so far.` : null;
}
