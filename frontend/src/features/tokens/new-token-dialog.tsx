import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { fieldError, formError } from "@/api/field-errors";
import { MadeTokenView } from "@/features/tokens/made-token";
import styles from "@/features/tokens/new-token-dialog.module.css";
import { createToken, type TokenForm } from "@/features/tokens/token-documents";
import { EVERYWHERE, groupsOf, type Place } from "@/features/tokens/token-words";
import { formText } from "@/lib/form-text";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Check } from "@/ui/check";
import { Dialog } from "@/ui/dialog";
import { Form } from "@/ui/form";
import { Notice } from "@/ui/notice";
import { SelectField } from "@/ui/select-field";
import { TextField } from "@/ui/text-field";

const DEFAULT_DAYS = 90;
const DAYS = [30, DEFAULT_DAYS, 365].map((days) => ({ value: String(days), label: `${days} days` }));
const FIELDS = ["name", "actions", "scope", "days"];

type Props = {
  /** What this user can make a token for. */
  grantable: readonly string[];
  places: readonly Place[];
  onClose: () => void;
};

/** Makes a token and shows it, once. */
export function NewTokenDialog({ grantable, places, onClose }: Props) {
  const client = useQueryClient();
  const request = useMutation({
    mutationFn: createToken,
    gcTime: 0, // the answer holds the secret
    onSuccess: () => client.invalidateQueries({ queryKey: ["tokens"] }),
  });
  const made = request.data;
  return (
    <Dialog
      title={made ? `Token ${made.name}` : "New token"}
      onClose={onClose}
      keepsOpen={made !== undefined}
      wide
    >
      {made ? (
        <MadeTokenView made={made} onDone={onClose} />
      ) : (
        <TokenFields
          grantable={grantable}
          places={places}
          error={request.error}
          busy={request.isPending}
          onSubmit={request.mutate}
          onCancel={onClose}
        />
      )}
    </Dialog>
  );
}

type FieldsProps = Omit<Props, "onClose"> & {
  error: Error | null;
  busy: boolean;
  onSubmit: (form: TokenForm) => void;
  onCancel: () => void;
};

function TokenFields({ grantable, places, error, busy, onSubmit, onCancel }: FieldsProps) {
  const [isAimless, setAimless] = useState(false);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = read(new FormData(event.currentTarget));
    setAimless(form.actions.length === 0);
    if (form.actions.length > 0) onSubmit(form);
  };
  const general = formError(error, FIELDS);
  const actionsError = isAimless ? "Choose what the token is for." : fieldError(error, "actions");
  return (
    <Form onSubmit={submit} aria-label="New token">
      {general && <Notice title={general} />}
      <TextField
        label="Name"
        name="name"
        required
        maxLength={60}
        placeholder="What will use it"
        error={fieldError(error, "name")}
      />
      <ActionGroups grantable={grantable} error={actionsError} />
      <div className={styles.pair}>
        <SelectField
          label="Where"
          name="scope"
          defaultValue="*"
          options={[
            { value: "*", label: capital(EVERYWHERE) },
            ...places.map(({ scope, name }) => ({ value: scope, label: placeLabel(scope, name) })),
          ]}
          error={fieldError(error, "scope")}
        />
        <SelectField
          label="Ends after"
          name="days"
          defaultValue={DEFAULT_DAYS}
          options={DAYS}
          error={fieldError(error, "days")}
        />
      </div>
      <p className={styles.note}>It acts in your name, and never does more than you may do at that moment.</p>
      <Actions>
        <Button type="submit" look="main" busy={busy}>
          Make token
        </Button>
        <Button onClick={onCancel}>Cancel</Button>
      </Actions>
    </Form>
  );
}

function ActionGroups({ grantable, error }: { grantable: readonly string[]; error: string | null }) {
  return (
    <fieldset className={styles.actions} aria-describedby={error ? "actions-error" : undefined}>
      <legend>What it may do</legend>
      {error && (
        <p id="actions-error" className={styles.error} role="alert">
          {error}
        </p>
      )}
      <div className={styles.groups}>
        {groupsOf(grantable).map(({ name, actions }) => (
          <fieldset key={name} className={styles.group}>
            <legend>{name}</legend>
            {actions.map(([action, , line]) => (
              <Check key={action} name="actions" value={action} label={line} />
            ))}
          </fieldset>
        ))}
      </div>
    </fieldset>
  );
}

function read(form: FormData): TokenForm {
  return {
    name: formText(form, "name").trim(),
    actions: form.getAll("actions").filter((action) => typeof action === "string"),
    scope: formText(form, "scope"),
    days: Number(formText(form, "days")),
  };
}

/** A line of its own begins with a capital; the name of an interface stays as it is. */
const placeLabel = (scope: string, name: string) => (scope.startsWith("interface:") ? name : capital(name));

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);
