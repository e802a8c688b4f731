import { TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { fieldError, formError } from "@/api/field-errors";
import { type OpenedLink, type Purpose, spendLink } from "@/features/links/link-documents";
import { formText } from "@/lib/form-text";
import { LEAST_PASSWORD_LENGTH } from "@/lib/password-strength";
import { Button } from "@/ui/button";
import { Form } from "@/ui/form";
import { NewPassword } from "@/ui/new-password";
import { Notice } from "@/ui/notice";

type Props = {
  purpose: Purpose;
  token: string;
  opened: OpenedLink;
  onDone: () => void;
};

/** What somebody fills in who came by a link: their name, where they are new, and a password. */
export function LinkForm({ purpose, token, opened, onDone }: Props) {
  const [tooShort, setTooShort] = useState(false);
  const request = useMutation({
    mutationFn: async (form: FormData) => {
      const name = formText(form, "name").trim();
      await spendLink(purpose, { token, name, password: formText(form, "password") });
    },
    gcTime: 0,
    onSuccess: onDone,
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const short = [...formText(form, "password")].length < LEAST_PASSWORD_LENGTH;
    setTooShort(short);
    if (!short) request.mutate(form);
  };
  const error = (field: string) => fieldError(request.error, field);
  const general = formError(request.error, ["name", "password"]);
  return (
    <Form onSubmit={submit}>
      {general && <Notice title={general} />}
      <input type="hidden" autoComplete="username" value={opened.email} readOnly />
      {purpose === "join" && (
        <TextInput
          label="Name"
          name="name"
          autoComplete="name"
          required
          maxLength={100}
          defaultValue={opened.name}
          error={error("name")}
        />
      )}
      <NewPassword
        label={purpose === "join" ? "Password" : "New password"}
        error={tooShort ? `Use at least ${LEAST_PASSWORD_LENGTH} characters.` : error("password")}
      />
      <Button type="submit" look="main" busy={request.isPending}>
        {purpose === "join" ? "Join" : "Set the password"}
      </Button>
    </Form>
  );
}
