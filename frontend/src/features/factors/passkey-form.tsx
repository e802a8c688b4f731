import { useMutation } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { fieldError, formError } from "@/api/field-errors";
import { addPasskey, isUnproved, type RecoveryCodes } from "@/features/factors/factor-documents";
import { formText } from "@/lib/form-text";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Form } from "@/ui/form";
import { Notice } from "@/ui/notice";
import { TextField } from "@/ui/text-field";

type Props = {
  onDone: (codes: RecoveryCodes) => void;
  onCancel: () => void;
  /** Too much time went by since the sign-in, and this page cannot ask again. */
  onUnproved?: () => void;
};

const NAME = "passkey.name";

/** Names a passkey and has the browser make it. */
export function PasskeyForm({ onDone, onCancel, onUnproved }: Props) {
  const request = useMutation({
    mutationFn: addPasskey,
    gcTime: 0,
    onSuccess: onDone,
    onError: (error) => isUnproved(error) && onUnproved?.(),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    request.mutate(formText(new FormData(event.currentTarget), "name").trim());
  };
  const general = isUnproved(request.error) ? null : formError(request.error, [NAME]);
  return (
    <Form onSubmit={submit} aria-label="Passkey">
      {general && <Notice title={general} />}
      <p>
        A passkey is kept by this device, by a security key or by your password manager, and unlocked by your
        fingerprint, face or PIN. It signs you in without a password.
      </p>
      <TextField
        label="Name"
        name="name"
        description="So that you know it again, such as “Work laptop”."
        required
        maxLength={60}
        autoFocus
        error={fieldError(request.error, NAME)}
      />
      <Actions>
        <Button type="submit" look="main" busy={request.isPending}>
          Make the passkey
        </Button>
        <Button onClick={onCancel}>Cancel</Button>
      </Actions>
    </Form>
  );
}
