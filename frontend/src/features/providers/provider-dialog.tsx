import { PasswordInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { ApiError } from "@/api/api-error";
import { fieldError, formError } from "@/api/field-errors";
import { IssuerField, RedirectUri } from "@/features/providers/issuer-field";
import styles from "@/features/providers/provider-dialog.module.css";
import {
  addProvider,
  changeProvider,
  type Provider,
  providersQuery,
} from "@/features/providers/provider-documents";
import { readProvider } from "@/features/providers/provider-form";
import type { Place } from "@/features/providers/provider-words";
import { RoleRows } from "@/features/providers/role-rows";
import { entriesText } from "@/lib/text-list";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Check } from "@/ui/check";
import { Dialog } from "@/ui/dialog";
import { Fold } from "@/ui/fold";
import { Form } from "@/ui/form";
import { Notice } from "@/ui/notice";
import { TextField } from "@/ui/text-field";

const FIELDS = [
  "name",
  "issuer",
  "client_id",
  "client_secret",
  "scopes",
  "claim",
  "grants",
  "email_domains",
  "admits_admins",
];

type Props = {
  /** The one to change; none to add one. */
  provider?: Provider;
  places: readonly Place[];
  onClose: () => void;
};

/** Adds or changes an identity provider. */
export function ProviderDialog({ provider, places, onClose }: Props) {
  const client = useQueryClient();
  const request = useMutation({
    mutationFn: (form: FormData) => {
      const said = readProvider(form);
      return provider ? changeProvider(provider, said.change) : addProvider(said.form);
    },
    gcTime: 0, // the form holds the secret
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: providersQuery.queryKey });
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    request.mutate(new FormData(event.currentTarget));
  };
  const { error } = request;
  const general = formError(error, FIELDS);
  const overtaken = error instanceof ApiError && error.status === 412;
  return (
    <Dialog title={provider ? `Change ${provider.name}` : "Add provider"} onClose={onClose} wide>
      <Form onSubmit={submit} aria-label="Identity provider">
        {general && (
          <Notice title={general}>
            {overtaken && <p>Close this, and open it again to see what is there now.</p>}
          </Notice>
        )}
        <TextField
          label="Name"
          name="name"
          required
          maxLength={60}
          defaultValue={provider?.name}
          placeholder="As it is called on the sign-in page"
          error={fieldError(error, "name")}
        />
        {provider ? <Fixed provider={provider} /> : <IssuerField error={error} />}
        <Client provider={provider} error={error} />
        <People provider={provider} error={error} />
        <RolesByClaim provider={provider} places={places} error={error} />
        <Fold summary="Scopes" open={fieldError(error, "scopes") !== null}>
          <TextField
            label="Scopes"
            name="scopes"
            maxLength={200}
            defaultValue={provider?.scopes ?? "openid profile email"}
            error={fieldError(error, "scopes")}
          />
        </Fold>
        <div className={styles.part}>
          <Check
            name="enabled"
            label="Switched on"
            note="The sign-in page offers it."
            defaultChecked={provider?.enabled ?? false}
          />
        </div>
        <Actions>
          <Button type="submit" look="main" busy={request.isPending}>
            {provider ? "Save" : "Add provider"}
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </Actions>
      </Form>
    </Dialog>
  );
}

type PartProps = { provider: Provider | undefined; error: Error | null };

function Fixed({ provider }: { provider: Provider }) {
  return (
    <div className={styles.fixed}>
      <p>
        Issuer <code>{provider.issuer}</code>
      </p>
      <RedirectUri uri={provider.redirect_uri} />
    </div>
  );
}

function Client({ provider, error }: PartProps) {
  return (
    <div className={styles.pair}>
      <TextField
        label="Client ID"
        name="client_id"
        required
        maxLength={200}
        defaultValue={provider?.client_id}
        error={fieldError(error, "client_id")}
      />
      <PasswordInput
        label="Client secret"
        name="client_secret"
        autoComplete="off"
        maxLength={500}
        placeholder={provider?.has_secret ? "Unchanged" : "None"}
        error={fieldError(error, "client_secret")}
      />
    </div>
  );
}

function People({ provider, error }: PartProps) {
  return (
    <fieldset className={styles.part}>
      <legend>Who comes in</legend>
      <p className={styles.note}>
        People who were invited or have an account, by an e-mail address that the provider has checked.
      </p>
      <Check
        name="admits_new"
        label="Admit new people"
        note="Whoever the provider knows gets an account, if a role below is theirs."
        defaultChecked={provider?.admits_new ?? false}
      />
      <Check
        name="admits_admins"
        label="Sign in owners and admins, too"
        note={
          fieldError(error, "admits_admins") ??
          "Whoever runs the provider can become one of them then. Only an owner allows it."
        }
        defaultChecked={provider?.admits_admins ?? false}
      />
      <TextField
        label="E-mail domains"
        name="email_domains"
        defaultValue={entriesText(provider?.email_domains)}
        placeholder="All; or example.com, example.org"
        error={fieldError(error, "email_domains")}
      />
    </fieldset>
  );
}

function RolesByClaim({ provider, places, error }: PartProps & { places: readonly Place[] }) {
  return (
    <fieldset className={styles.part}>
      <legend>Roles from a claim</legend>
      <p className={styles.note}>
        They follow the claim at each sign-in. What you give or take by hand stays, and nobody becomes an
        owner or admin by a claim.
      </p>
      <TextField
        label="Claim"
        name="claim"
        maxLength={60}
        defaultValue={provider?.claim}
        placeholder="groups"
        error={fieldError(error, "claim")}
      />
      <RoleRows grants={provider?.grants ?? []} places={places} error={error} />
    </fieldset>
  );
}
