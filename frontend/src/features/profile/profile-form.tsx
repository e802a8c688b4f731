import { TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { fieldError, formError } from "@/api/field-errors";
import { type Profile, type ProfileChange, updateProfile } from "@/features/profile/update-profile";
import { formText } from "@/lib/form-text";
import { Button } from "@/ui/button";
import { Form } from "@/ui/form";
import { Notice } from "@/ui/notice";

type Props = {
  user: Readonly<{ name: string; email: string }>;
  /** What the server has now. */
  onChanged: (profile: Profile) => void;
};

/** One's own name and e-mail address. */
export function ProfileForm({ user, onChanged }: Props) {
  const request = useMutation({ mutationFn: updateProfile, onSuccess: onChanged });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const change = changeOf(user, new FormData(event.currentTarget));
    if (Object.keys(change).length > 0) request.mutate(change);
  };
  const general = formError(request.error, ["name", "email"]);
  return (
    <Form onSubmit={submit} aria-label="Profile" onInput={() => request.reset()}>
      {general && <Notice title={general} />}
      <TextInput
        label="Name"
        name="name"
        autoComplete="name"
        required
        maxLength={100}
        defaultValue={user.name}
        error={fieldError(request.error, "name")}
      />
      <TextInput
        label="E-mail"
        name="email"
        type="email"
        autoComplete="email"
        required
        maxLength={254}
        defaultValue={user.email}
        description="You sign in with it."
        error={fieldError(request.error, "email")}
      />
      <Button type="submit" busy={request.isPending}>
        Save profile
      </Button>
      {request.isSuccess && <p role="status">Saved.</p>}
    </Form>
  );
}

function changeOf(user: Props["user"], form: FormData): ProfileChange {
  const [name, email] = [formText(form, "name").trim(), formText(form, "email").trim()];
  return { ...(name !== user.name && { name }), ...(email !== user.email && { email }) };
}
