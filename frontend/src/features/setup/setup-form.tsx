import { TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ApiError } from "@/api/api-error";
import { fieldError, formError } from "@/api/field-errors";
import { createOwner } from "@/features/setup/create-owner";
import { formText } from "@/lib/form-text";
import { LEAST_PASSWORD_LENGTH } from "@/lib/password-strength";
import { Button } from "@/ui/button";
import { Command } from "@/ui/command";
import { Form } from "@/ui/form";
import { NewPassword } from "@/ui/new-password";
import { Notice } from "@/ui/notice";

const FIELDS = ["email", "name", "password"];

type Props = {
  token: string;
  /** Called with what the new owner typed, so that they need not type it again to sign in. */
  onCreated: (email: string, password: string) => Promise<void>;
  onAlreadyDone: () => void;
};

/** Makes the owner account. */
export function SetupForm({ token, onCreated, onAlreadyDone }: Props) {
  const [tooShort, setTooShort] = useState(false);
  const request = useMutation({
    mutationFn: async (form: FormData) => {
      const [email, password] = [formText(form, "email").trim(), formText(form, "password")];
      await createOwner({ token, email, name: formText(form, "name").trim(), password });
      await onCreated(email, password);
    },
    gcTime: 0,
    onError: (error) => {
      if (error instanceof ApiError && error.status === 409) onAlreadyDone();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const short = [...formText(form, "password")].length < LEAST_PASSWORD_LENGTH;
    setTooShort(short);
    if (!short) request.mutate(form);
  };
  const error = (field: string) => fieldError(request.error, field);
  const general = formError(request.error, FIELDS);
  return (
    <Form onSubmit={submit}>
      {general && <SetupProblem error={request.error} message={general} />}
      <TextInput
        label="E-mail"
        name="email"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        autoFocus
        error={error("email")}
      />
      <TextInput
        label="Name"
        name="name"
        autoComplete="name"
        required
        maxLength={100}
        error={error("name")}
      />
      <NewPassword
        label="Password"
        error={tooShort ? `Use at least ${LEAST_PASSWORD_LENGTH} characters.` : error("password")}
      />
      <Button type="submit" look="main" busy={request.isPending}>
        Create owner account
      </Button>
    </Form>
  );
}

function SetupProblem({ error, message }: { error: Error | null; message: string }) {
  const refused = error instanceof ApiError && [400, 403, 404, 410, 422].includes(error.status);
  return (
    <Notice title={message}>
      {refused && (
        <p>
          A setup link works once and not for ever. Print a new one: <Command text="sentra setup-link" />
        </p>
      )}
    </Notice>
  );
}
