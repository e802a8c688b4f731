import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { fieldError, formError } from "@/api/field-errors";
import {
  createInterface,
  type InterfaceCreate,
  type InterfaceSuggestion,
  suggestionQuery,
} from "@/features/interfaces/create-interface";
import { type InterfaceDocument, settle } from "@/features/interfaces/interface-documents";
import {
  type FieldChoices,
  FOLDED_FIELDS,
  PLAIN_FIELDS,
  readInterfaceFields,
  withoutEmpty,
} from "@/features/interfaces/interface-fields";
import { InterfaceFormFields } from "@/features/interfaces/interface-form-fields";
import { formText } from "@/lib/form-text";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Form } from "@/ui/form";
import { Notice } from "@/ui/notice";
import { PlanView } from "@/ui/plan-view";
import { Section } from "@/ui/section";
import { Skeleton } from "@/ui/skeleton";
import { TextField } from "@/ui/text-field";

const NOTHING: InterfaceSuggestion = {
  name: "",
  addresses: [],
  listen_port: 0,
  public_hosts: [],
  mtu: 0,
  dns: [],
};
const FIELDS = ["node", ...PLAIN_FIELDS, ...FOLDED_FIELDS];

type Props = {
  node: string;
  /** What it is to be called, where that is known. */
  name?: string | undefined;
  /** The host by which this page was opened, which may be how peers reach the node too. */
  pageHost?: string;
  onCreated: (created: InterfaceDocument) => void;
};

/** A new interface, filled in so that nothing on the node clashes with it. */
export function NewInterfaceForm({ node, name, pageHost = "", onCreated }: Props) {
  const { data, error, isPending } = useQuery(suggestionQuery(node));
  if (isPending) return <Skeleton lines={6} />;
  return (
    <>
      {error && <Notice title={`Nothing could be suggested: ${error.message}`} />}
      <FilledForm
        node={node}
        suggestion={{ ...(data ?? NOTHING), ...(name ? { name } : null) }}
        hosts={hostsOf(data ?? NOTHING, pageHost)}
        onCreated={onCreated}
      />
    </>
  );
}

type FilledProps = Pick<Props, "node" | "onCreated"> & {
  suggestion: InterfaceSuggestion;
  hosts: readonly string[];
};

function FilledForm({ node, suggestion, hosts, onCreated }: FilledProps) {
  const client = useQueryClient();
  const [choices, setChoices] = useState<FieldChoices>({ drift_mode: "warn", unmanaged: "keep" });
  const [wrong, setWrong] = useState<Readonly<Record<string, string>>>({});
  const create = useMutation({
    mutationFn: (body: InterfaceCreate) => createInterface(body),
    onSuccess: async (result) => {
      if (!result.interface) return;
      await settle(client, result.interface.id, result);
      onCreated(result.interface);
    },
  });
  const look = useMutation({ mutationFn: (body: InterfaceCreate) => createInterface(body, true) });
  const send = (form: HTMLFormElement, request: typeof create | typeof look) => {
    create.reset();
    look.reset();
    const data = new FormData(form);
    const read = readInterfaceFields(data, choices);
    setWrong(read.wrong);
    if (Object.keys(read.wrong).length > 0) return;
    request.mutate({ node, name: formText(data, "name").trim(), ...withoutEmpty(read.fields) });
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    send(event.currentTarget, create);
  };
  const refused = create.error ?? look.error;
  const error = (field: string) => wrong[field] ?? fieldError(refused, field);
  const general = formError(refused, FIELDS);
  return (
    <Form onSubmit={submit} onInput={look.reset}>
      {general && <Notice title={general} />}
      <TextField
        label="Name"
        name="name"
        required
        maxLength={15}
        defaultValue={suggestion.name}
        error={error("name") ?? error("node")}
      />
      <InterfaceFormFields
        values={{ ...suggestion, public_host: hosts[0] ?? "" }}
        hosts={hosts}
        error={error}
        choices={choices}
        onChoices={(chosen) => {
          setChoices(chosen);
          look.reset();
        }}
      />
      {look.data && (
        <Shown>
          <Section title="What it does">
            <PlanView plan={look.data.plan} />
          </Section>
        </Shown>
      )}
      <Actions>
        <Button type="submit" look="main" busy={create.isPending}>
          Create interface
        </Button>
        {!look.data && (
          <Button
            busy={look.isPending}
            onClick={({ currentTarget }) =>
              currentTarget.form?.reportValidity() && send(currentTarget.form, look)
            }
          >
            Show what it does
          </Button>
        )}
      </Actions>
    </Form>
  );
}

/** What was asked for stands above what does it, and is where the focus goes. */
function Shown({ children }: { children: ReactNode }) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => element.current?.focus(), []);
  return (
    <div ref={element} tabIndex={-1}>
      {children}
    </div>
  );
}

/** Loopback is where nobody else is. */
function hostsOf({ public_hosts }: InterfaceSuggestion, pageHost: string): readonly string[] {
  const named = /^(localhost|127\.|\[?::1\]?$|$)/.test(pageHost) ? [] : [pageHost];
  return [...new Set([...named, ...public_hosts])];
}
