import { PasswordInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { passwordStrength, type Strength } from "@/lib/password-strength";

/** A field for a new password that says in words how strong it is; of the password only that is kept. */
export function NewPassword({ label, error }: { label: string; error: ReactNode }) {
  const [strength, setStrength] = useState<Strength>(() => passwordStrength(""));
  const judge = (event: FormEvent<HTMLInputElement>) =>
    setStrength(passwordStrength(event.currentTarget.value));
  return (
    <PasswordInput
      label={label}
      name="password"
      autoComplete="new-password"
      required
      maxLength={256}
      description={strength.words}
      inputWrapperOrder={["label", "input", "description", "error"]}
      onInput={judge}
      error={error}
    />
  );
}
