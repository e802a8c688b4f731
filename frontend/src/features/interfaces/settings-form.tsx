import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ApiError } from "@/api/api-error";
import { fieldError, formError } from "@/api/field-errors";
import { type InterfaceUpdate, updateInterface } from "@/features/interfaces/change-interface";
import {
  type InterfaceDocument,
  type InterfaceResult,
  interfacesQuery,
  settle,
} from "@/features/interfaces/interface-documents";
import {
  changedFields,
  type FieldChoices,
  FOLDED_FIELDS,
  PLAIN_FIELDS,
  readInterfaceFields,
} from "@/features/interfaces/interface-fields";
import { InterfaceFormFields } from "@/features/interfaces/interface-form-fields";
import { PlanDialog } from "@/features/interfaces/plan-dialog";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Form } from "@/ui/form";
import { Notice } from "@/ui/notice";

const FIELDS = [...PLAIN_FIELDS, ...FOLDED_FIELDS];

/** The settings of an interface. What may cut somebody off, or makes files void, is shown before it is done. */
export function SettingsForm({ document }: { document: InterfaceDocument }) {
  const client = useQueryClient();
  // What was looked at: the document is read again while somebody types.
  const [looked, setLooked] = useState(document);
  const [isEdited, setEdited] = useState(false);
  const [choices, setChoices] = useState<FieldChoices>(looked);
  const [wrong, setWrong] = useState<Readonly<Record<string, string>>>({});
  const [asks, setAsks] = useState<InterfaceUpdate | null>(null);
  const [saved, setSaved] = useState<InterfaceResult | null>(null);
  const look = (newest: InterfaceDocument) => {
    setLooked(newest);
    setChoices(newest);
    setEdited(false);
  };
  // Nobody types, and what is shown is not the newest: a change was undone, or made elsewhere.
  if (!isEdited && document.version > looked.version) look(document);
  const done = async (result: InterfaceResult) => {
    setAsks(null);
    setSaved(result);
    if (result.interface) look(result.interface);
    await settle(client, looked.id, result);
  };
  const request = useMutation({
    mutationFn: async (changes: InterfaceUpdate) => {
      const { plan } = await updateInterface(looked, changes, true);
      if (plan.risky.length + plan.reimport.length > 0) return setAsks(changes);
      return done(await updateInterface(looked, changes));
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setSaved(null);
    const read = readInterfaceFields(new FormData(event.currentTarget), {
      drift_mode: choices.drift_mode,
      unmanaged: choices.unmanaged,
    });
    setWrong(read.wrong);
    if (Object.keys(read.wrong).length === 0) request.mutate(changedFields(looked, read.fields));
  };
  const loadAgain = async () => {
    request.reset();
    const newest = await client.fetchQuery({ ...interfacesQuery, staleTime: 0 });
    const found = newest.find((each) => each.id === looked.id);
    if (found) look(found);
  };
  const error = (field: string) => wrong[field] ?? fieldError(request.error, field);
  return (
    <>
      <Form key={looked.version} onSubmit={submit} onInput={() => setEdited(true)}>
        <Refused error={request.error} onLoadAgain={() => void loadAgain()} />
        <InterfaceFormFields
          values={looked}
          exists
          error={error}
          choices={choices}
          onChoices={(chosen) => {
            setChoices(chosen);
            setEdited(true);
          }}
        />
        <Actions>
          <Button type="submit" look="main" busy={request.isPending}>
            Save settings
          </Button>
          <p role="status">{saved && savedWords(saved, document.confirm_until !== null)}</p>
        </Actions>
      </Form>
      {asks && (
        <PlanDialog
          title={`Change ${looked.name}`}
          verb="Save settings"
          ask={(dryRun) => updateInterface(looked, asks, dryRun)}
          onDone={done}
          onClose={() => setAsks(null)}
        />
      )}
    </>
  );
}

function Refused({ error, onLoadAgain }: { error: Error | null; onLoadAgain: () => void }) {
  if (error instanceof ApiError && error.status === 412)
    return (
      <Notice title="Somebody changed these settings meanwhile">
        <p>Load them again, and make your change to what they are now.</p>
        <Actions>
          <Button onClick={onLoadAgain}>Load again</Button>
        </Actions>
      </Notice>
    );
  const general = formError(error, FIELDS);
  return general && <Notice title={general} />;
}

function savedWords({ applied, reason, confirm }: InterfaceResult, isWaiting: boolean): string {
  if (confirm) return isWaiting ? "Saved. Keep it above, or it is undone." : "";
  return applied ? "Saved, and it runs." : `Saved, but it does not run yet. ${reason ?? ""}`;
}
