import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ApiError } from "@/api/api-error";
import { fieldError, formError } from "@/api/field-errors";
import { whoChanged } from "@/api/last-change";
import { type InterfaceUpdate, updateInterface } from "@/features/interfaces/change-interface";
import {
  type InterfaceDocument,
  type InterfaceResult,
  interfacesQuery,
  settle,
} from "@/features/interfaces/interface-documents";
import {
  changedFields,
  FIELD_NAMES,
  type FieldChoices,
  FOLDED_FIELDS,
  fieldTexts,
  type InterfaceFields,
  PLAIN_FIELDS,
  readInterfaceFields,
} from "@/features/interfaces/interface-fields";
import { InterfaceFormFields } from "@/features/interfaces/interface-form-fields";
import { PlanDialog } from "@/features/interfaces/plan-dialog";
import { editedTexts, type Overtaken, overtakenFields } from "@/lib/overtaken";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Form } from "@/ui/form";
import { Notice } from "@/ui/notice";
import { OvertakenNotice } from "@/ui/overtaken-notice";

const FIELDS = [...PLAIN_FIELDS, ...FOLDED_FIELDS];

type Meanwhile = Readonly<{ who: string | null; fields: readonly Overtaken[] }>;

/** The settings of an interface. What may cut somebody off, or makes files void, is shown before it is done. */
export function SettingsForm({ document }: { document: InterfaceDocument }) {
  const client = useQueryClient();
  // What was looked at: the document is read again while somebody types.
  const [looked, setLooked] = useState(document);
  const [shown, setShown] = useState<{ values: InterfaceFields; round: number }>({
    values: looked,
    round: 0,
  });
  const [isEdited, setEdited] = useState(false);
  const [choices, setChoices] = useState<FieldChoices>(looked);
  const [wrong, setWrong] = useState<Readonly<Record<string, string>>>({});
  const [asks, setAsks] = useState<InterfaceUpdate | null>(null);
  const [saved, setSaved] = useState<InterfaceResult | null>(null);
  const [meanwhile, setMeanwhile] = useState<Meanwhile | null>(null);
  const look = (newest: InterfaceDocument, edited: InterfaceUpdate = {}) => {
    const values = { ...newest, ...edited };
    setLooked(newest);
    setShown(({ round }) => ({ values, round: round + 1 }));
    setChoices(values);
    setEdited(Object.keys(edited).length > 0);
  };
  // Nobody types, and what is shown is not the newest: a change was undone, or made elsewhere.
  if (!isEdited && document.version > looked.version) look(document);
  /** Take in what somebody else made of the settings, and keep what was typed. */
  const lookAgain = async (edited: InterfaceUpdate) => {
    const found = (await client.fetchQuery({ ...interfacesQuery, staleTime: 0 })).find(
      (each) => each.id === looked.id,
    );
    if (!found) return;
    const typed = editedTexts(fieldTexts(looked), fieldTexts({ ...looked, ...edited }));
    const fields = overtakenFields(fieldTexts(looked), fieldTexts(found), typed);
    const names = fields.map(({ field }) => field);
    setMeanwhile({ who: await whoChanged(looked.id, null, names), fields });
    setAsks(null);
    look(found, edited);
  };
  /** Ask for the change of what was looked at; null where somebody else was faster. */
  const ask = async (changes: InterfaceUpdate, dryRun: boolean): Promise<InterfaceResult | null> => {
    try {
      return await updateInterface(looked, changes, dryRun);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 412) throw error;
      await lookAgain(changes);
      return null;
    }
  };
  const done = async (result: InterfaceResult | null) => {
    setAsks(null);
    if (!result) return;
    setSaved(result);
    if (result.interface) look(result.interface);
    await settle(client, looked.id, result);
  };
  const request = useMutation({
    mutationFn: async (changes: InterfaceUpdate) => {
      const planned = await ask(changes, true);
      if (!planned) return;
      const { risky, reimport } = planned.plan;
      if (risky.length + reimport.length > 0) setAsks(changes);
      else await done(await ask(changes, false));
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setSaved(null);
    setMeanwhile(null);
    const read = readInterfaceFields(new FormData(event.currentTarget), {
      drift_mode: choices.drift_mode,
      unmanaged: choices.unmanaged,
    });
    setWrong(read.wrong);
    if (Object.keys(read.wrong).length === 0) request.mutate(changedFields(looked, read.fields));
  };
  const error = (field: string) => wrong[field] ?? fieldError(request.error, field);
  const general = formError(request.error, FIELDS);
  return (
    <>
      <Form onSubmit={submit} onInput={() => setEdited(true)}>
        {general && <Notice title={general} />}
        {meanwhile && (
          <OvertakenNotice
            subject={`these settings of ${looked.name}`}
            {...meanwhile}
            nameOf={(field) => FIELD_NAMES[field as keyof InterfaceFields]}
            onTakeTheirs={() => {
              setMeanwhile(null);
              look(looked);
            }}
          />
        )}
        {/* What the fields show has changed: they begin anew. */}
        <InterfaceFormFields
          key={shown.round}
          values={shown.values}
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
          document={document}
          ask={(dryRun) => ask(asks, dryRun)}
          onDone={done}
          onClose={() => setAsks(null)}
        />
      )}
    </>
  );
}

function savedWords({ applied, reason, confirm }: InterfaceResult, isWaiting: boolean): string {
  if (confirm) return isWaiting ? "Saved. Keep it above, or it is undone." : "";
  return applied ? "Saved, and it runs." : `Saved, but it does not run yet. ${reason ?? ""}`;
}
