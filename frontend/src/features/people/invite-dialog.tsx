import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { fieldError, formError } from "@/api/field-errors";
import { BindingRows } from "@/features/people/binding-rows";
import { HandedLinkView } from "@/features/people/handed-link";
import { LimitField, readLimit } from "@/features/people/limit-field";
import {
  type Binding,
  type Invitation,
  invite,
  isUnproved,
  type Role,
  refreshPeople,
} from "@/features/people/person-documents";
import { hasLimit, type Place, WHOLE } from "@/features/people/person-words";
import { formText } from "@/lib/form-text";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Form } from "@/ui/form";
import { Notice } from "@/ui/notice";
import { TextField } from "@/ui/text-field";

type Props = { grantable: readonly Role[]; places: readonly Place[]; onClose: () => void };

/** Invites somebody and shows the link, once. */
export function InviteDialog({ grantable, places, onClose }: Props) {
  const client = useQueryClient();
  const request = useMutation({
    mutationFn: invite,
    gcTime: 0, // the answer holds the link
    onSuccess: () => refreshPeople(client),
  });
  const { data: link, variables } = request;
  if (link)
    return (
      <Dialog title="Invitation" onClose={onClose} keepsOpen>
        <HandedLinkView link={link} email={variables.email} onDone={onClose} />
      </Dialog>
    );
  return (
    <Dialog title="Invite somebody" onClose={onClose}>
      <InviteForm
        grantable={grantable}
        places={places}
        error={request.error}
        busy={request.isPending}
        onInvite={request.mutate}
        onCancel={onClose}
      />
    </Dialog>
  );
}

type FormProps = Omit<Props, "onClose"> & {
  error: Error | null;
  busy: boolean;
  onInvite: (invitation: Invitation) => void;
  onCancel: () => void;
};

function InviteForm({ grantable, places, error, busy, onInvite, onCancel }: FormProps) {
  const [bindings, setBindings] = useState<readonly Binding[]>(() => [
    { role: grantable.includes("viewer") ? "viewer" : (grantable[0] ?? "member"), scope: WHOLE },
  ]);
  const [isRoleless, setRoleless] = useState(false);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setRoleless(bindings.length === 0);
    if (bindings.length === 0) return;
    onInvite({
      email: formText(form, "email").trim(),
      name: formText(form, "name").trim(),
      bindings: [...bindings],
      peer_limit: hasLimit(bindings) ? readLimit(form) : null,
    });
  };
  const general = isUnproved(error) ? null : formError(error, ["email", "name", "bindings", "peer_limit"]);
  return (
    <Form onSubmit={submit} aria-label="Invite somebody">
      {general && <Notice title={general} />}
      {isRoleless && <Notice title="Give them a role." />}
      <TextField
        label="E-mail"
        name="email"
        type="email"
        inputMode="email"
        required
        maxLength={254}
        error={fieldError(error, "email")}
      />
      <TextField
        label="Name"
        name="name"
        required
        maxLength={60}
        autoCapitalize="words"
        error={fieldError(error, "name")}
      />
      <BindingRows
        bindings={bindings}
        grantable={grantable}
        places={places}
        error={error}
        onChange={setBindings}
      />
      {hasLimit(bindings) && <LimitField limit={null} error={fieldError(error, "peer_limit")} />}
      <Actions>
        <Button type="submit" look="main" busy={busy}>
          Make invitation
        </Button>
        <Button onClick={onCancel}>Cancel</Button>
      </Actions>
    </Form>
  );
}
