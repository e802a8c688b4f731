import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import {
  beginTotp,
  isUnproved,
  type RecoveryCodes,
  type TotpSetup,
} from "@/features/factors/factor-documents";
import styles from "@/features/factors/factors.module.css";
import { KeptCodes } from "@/features/factors/kept-codes";
import { PasskeyForm } from "@/features/factors/passkey-form";
import { TotpSetupForm } from "@/features/factors/totp-setup";
import { passkeysPossible } from "@/lib/passkeys";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";

type Step =
  | { kind: "choose" }
  | { kind: "totp"; setup: TotpSetup }
  | { kind: "passkey" }
  | { kind: "codes"; codes: RecoveryCodes };

type Props = {
  /** There is a second factor now. */
  onDone: () => void;
  onSignOut: () => void;
};

/** The way to a first second factor, for whoever must have one before anything else. */
export function Enrol({ onDone, onSignOut }: Props) {
  const [step, setStep] = useState<Step>({ kind: "choose" });
  const [unproved, setUnproved] = useState(false);
  const begin = useMutation({
    mutationFn: beginTotp,
    gcTime: 0,
    onSuccess: (setup) => setStep({ kind: "totp", setup }),
    onError: (error) => setUnproved(isUnproved(error)),
  });
  const choose = () => setStep({ kind: "choose" });
  const done = (codes: RecoveryCodes) => setStep({ kind: "codes", codes });
  if (unproved) return <TooLate onSignOut={onSignOut} />;
  if (step.kind === "codes") return <KeptCodes codes={step.codes} action="Go on" onDone={onDone} />;
  const tooLate = () => setUnproved(true);
  if (step.kind === "passkey") return <PasskeyForm onDone={done} onCancel={choose} onUnproved={tooLate} />;
  if (step.kind === "totp")
    return <TotpSetupForm setup={step.setup} onDone={done} onCancel={choose} onUnproved={tooLate} />;
  return (
    <>
      <p>A password alone is not enough here. Choose what you add to it; it takes a minute.</p>
      {begin.error && <Notice title={begin.error.message} />}
      <ul className={styles.choices}>
        <Choice name="Authenticator app" about="Codes from an app on your phone.">
          <Button busy={begin.isPending} onClick={() => begin.mutate()}>
            Set up
          </Button>
        </Choice>
        {passkeysPossible() && (
          <Choice name="Passkey" about="Signs you in by fingerprint, face or PIN, and cannot be phished.">
            <Button aria-label="Add a passkey" onClick={() => setStep({ kind: "passkey" })}>
              Add
            </Button>
          </Choice>
        )}
      </ul>
      <div>
        <Button onClick={onSignOut}>Sign out</Button>
      </div>
    </>
  );
}

function Choice({ name, about, children }: { name: string; about: string; children: ReactNode }) {
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

function TooLate({ onSignOut }: { onSignOut: () => void }) {
  return (
    <>
      <Notice tone="word" title="This took more than five minutes.">
        <p>Sign in once more, and go on from there.</p>
      </Notice>
      <div>
        <Button look="main" onClick={onSignOut}>
          Sign in again
        </Button>
      </div>
    </>
  );
}
