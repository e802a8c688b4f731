import type { ReactNode } from "react";
import type { Factors } from "@/api/own-factors";
import { codesLeft, hasNone } from "@/features/factors/factor-words";
import styles from "@/features/factors/factors.module.css";
import type { Removal } from "@/features/factors/remove-factor-dialog";
import { passkeysPossible } from "@/lib/passkeys";
import { Age } from "@/live/age";
import { Button } from "@/ui/button";

type Props = {
  factors: Factors;
  busy: boolean;
  onSetUp: () => void;
  onAdd: () => void;
  onNewCodes: () => void;
  onRemove: (removal: Removal) => void;
};

/** What there is and what can be added, a line each. */
export function FactorLines({ factors, busy, onSetUp, onAdd, onNewCodes, onRemove }: Props) {
  return (
    <ul className={styles.list} aria-label="Second factors">
      <Line
        name="Authenticator app"
        about={
          factors.totp_since ? (
            <>
              Set up <Ago at={factors.totp_since} />
            </>
          ) : (
            "Codes from an app on your phone."
          )
        }
      >
        {factors.totp_since ? (
          <Button aria-label="Remove the authenticator app" onClick={() => onRemove({ kind: "totp" })}>
            Remove
          </Button>
        ) : (
          <Button aria-label="Set up an authenticator app" busy={busy} onClick={onSetUp}>
            Set up
          </Button>
        )}
      </Line>
      {factors.passkeys.map(({ id, name, created_at, used_at }) => (
        <Line
          key={id}
          name={name}
          about={
            <>
              Passkey, added <Ago at={created_at} />, {used_at ? <Used at={used_at} /> : "not used yet"}
            </>
          }
        >
          <Button
            aria-label={`Remove the passkey ${name}`}
            onClick={() => onRemove({ kind: "passkey", id, name })}
          >
            Remove
          </Button>
        </Line>
      ))}
      <PasskeyLine factors={factors} onAdd={onAdd} />
      {!hasNone(factors) && (
        <Line name="Recovery codes" about={codesLeft(factors.recovery_codes)}>
          <Button onClick={onNewCodes}>New codes</Button>
        </Line>
      )}
    </ul>
  );
}

function PasskeyLine({ factors, onAdd }: Pick<Props, "factors" | "onAdd">) {
  const why =
    factors.why_no_passkeys ?? (passkeysPossible() ? null : "This browser cannot make passkeys here.");
  const more = factors.passkeys.length > 0;
  return (
    <Line
      name={more ? "Another passkey" : "Passkey"}
      about={why ?? "Signs you in by fingerprint, face or PIN, and cannot be phished."}
    >
      {!why && (
        <Button aria-label="Add a passkey" onClick={onAdd}>
          Add
        </Button>
      )}
    </Line>
  );
}

function Line({ name, about, children }: { name: string; about: ReactNode; children: ReactNode }) {
  return (
    <li className={styles.line}>
      <div className={styles.what}>
        <p className={styles.name}>{name}</p>
        <p className={styles.about}>{about}</p>
      </div>
      {children}
    </li>
  );
}

const Ago = ({ at }: { at: string }) => <Age at={Date.parse(at) / 1000} suffix=" ago" />;

const Used = ({ at }: { at: string }) => (
  <>
    used <Ago at={at} />
  </>
);
