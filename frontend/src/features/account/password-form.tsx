import { PasswordInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { fieldError, formError } from "@/api/field-errors";
import { changePassword } from "@/features/account/change-password";
import { formText } from "@/lib/form-text";
import { LEAST_PASSWORD_LENGTH } from "@/lib/password-strength";
import { Button } from "@/ui/button";
import { Form } from "@/ui/form";
import { NewPassword } from "@/ui/new-password";
import { Notice } from "@/ui/notice";

const FIELDS = ["current_password", "password"];

/** Changes one's own password. */
export function PasswordForm({ email }: { email: string }) {
  const [tooShort, setTooShort] = useState(false);
  // The fields are emptied by making new ones.
  const [round, setRound] = useState(0);
  const request = useMutation({
    mutationFn: (form: FormData) =>
      changePassword(formText(form, "current_password"), formText(form, "password")),
    gcTime: 0,
    onSuccess: () => setRound((before) => before + 1),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const short = [...formText(form, "password")].length < LEAST_PASSWORD_LENGTH;
    setTooShort(short);
    if (!short) request.mutate(form);
  };
  const general = formError(request.error, FIELDS);
  return (
    <Form key={round} onSubmit={submit} aria-label="Change password">
      {general && <Notice title={general} />}
      <input type="hidden" name="username" autoComplete="username" defaultValue={email} />
      <PasswordInput
        label="Current password"
        name="current_password"
        autoComplete="current-password"
        required
        error={fieldError(request.error, "current_password")}
      />
      <NewPassword
        label="New password"
        error={
          tooShort
            ? `Use at least ${LEAST_PASSWORD_LENGTH} characters.`
            : fieldError(request.error, "password")
        }
      />
      <Button type="submit" look="main" busy={request.isPending}>
        Change password
      </Button>
      {request.isSuccess && (
        <p role="alert">Password changed. Other sessions of this account were signed out.</p>
      )}
    </Form>
  );
}
