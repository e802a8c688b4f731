import { PasswordInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { formText } from "@/lib/form-text";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Form } from "@/ui/form";
import styles from "@/ui/proof-form.module.css";
import { TextField } from "@/ui/text-field";

/** A way to prove who one is. */
export type Way = "passkey" | "totp" | "password" | "recovery";

/** What somebody typed as a proof. */
export type TypedProof = { password: string } | { code: string } | { recovery_code: string };

type Props = {
  /** At least one; the first is offered at once, the others beside it. */
  ways: readonly Way[];
  /** What the button says. */
  action: string;
  /** What is wrong with what was typed. */
  error: string | null;
  busy: boolean;
  /** Seconds until one may try again. */
  wait: number;
  onTyped: (proof: TypedProof) => void;
  onPasskey: () => void;
  /** Another way was chosen: what was said of the last one is over. */
  onChoose: () => void;
  /** Shown above the field. */
  notice?: ReactNode;
  /** Shown beside the button. */
  beside?: ReactNode;
};

const OTHERWISE: Record<Way, string> = {
  passkey: "Use a passkey",
  totp: "Use a code from your authenticator app",
  password: "Use your password",
  recovery: "Use a recovery code",
};

/** Asks for one proof of who somebody is, and lets them choose another way to give it. */
export function ProofForm({ ways, action, error, busy, wait, notice, beside, ...on }: Props) {
  const [chosen, setChosen] = useState<Way | null>(null);
  const way = chosen && ways.includes(chosen) ? chosen : (ways[0] ?? "password");
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (way === "passkey") on.onPasskey();
    else on.onTyped(typed(way, new FormData(event.currentTarget)));
  };
  const choose = (other: Way) => {
    setChosen(other);
    on.onChoose();
  };
  const words = way === "passkey" ? OTHERWISE.passkey : action;
  return (
    <Form key={way} onSubmit={submit}>
      {notice}
      {way === "passkey" && <p>Your browser asks for your passkey, and for what unlocks it.</p>}
      <Field way={way} error={error} />
      <Actions>
        <Button type="submit" look="main" busy={busy} disabled={wait > 0} autoFocus={way === "passkey"}>
          {wait > 0 ? `Wait ${wait} s` : words}
        </Button>
        {beside}
      </Actions>
      {ways.length > 1 && (
        <ul className={styles.others} aria-label="Other ways">
          {ways
            .filter((other) => other !== way)
            .map((other) => (
              <li key={other}>
                <button type="button" className={styles.other} onClick={() => choose(other)}>
                  {OTHERWISE[other]}
                </button>
              </li>
            ))}
        </ul>
      )}
    </Form>
  );
}

function Field({ way, error }: { way: Way; error: string | null }) {
  if (way === "passkey") return null;
  if (way === "password")
    return (
      <PasswordInput
        label="Password"
        name="password"
        autoComplete="current-password"
        required
        autoFocus
        error={error}
        aria-invalid={error !== null}
        onFocus={(event) => event.currentTarget.select()}
      />
    );
  if (way === "totp") return <CodeField error={error} />;
  return (
    <TextField
      label="Recovery code"
      name="recovery_code"
      description="One of the ten that you kept. It is used up by this."
      required
      maxLength={40}
      autoFocus
      error={error}
    />
  );
}

/** The six digits that an authenticator app shows. */
export function CodeField({ error }: { error: string | null }) {
  return (
    <TextField
      classNames={{ input: styles.code ?? "" }}
      label="Code"
      name="code"
      description="Six digits from your authenticator app."
      inputMode="numeric"
      autoComplete="one-time-code"
      required
      minLength={6}
      maxLength={7}
      autoFocus
      error={error}
      onFocus={(event) => event.currentTarget.select()}
    />
  );
}

function typed(way: Way, form: FormData): TypedProof {
  if (way === "password") return { password: formText(form, "password") };
  if (way === "totp") return { code: formText(form, "code").trim() };
  return { recovery_code: formText(form, "recovery_code").trim() };
}
