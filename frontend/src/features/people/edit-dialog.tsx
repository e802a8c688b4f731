import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, Fragment, useState } from "react";
import { fieldError, formError } from "@/api/field-errors";
import { LimitField } from "@/features/people/limit-field";
import {
  changePerson,
  isOvertaken,
  type Person,
  type PersonChange,
  readPerson,
  refreshPeople,
} from "@/features/people/person-documents";
import { formText } from "@/lib/form-text";
import { editedTexts, type Overtaken, overtakenFields, type Texts } from "@/lib/overtaken";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Form } from "@/ui/form";
import { Notice } from "@/ui/notice";
import { OvertakenNotice } from "@/ui/overtaken-notice";
import { TextField } from "@/ui/text-field";

const FIELDS: Readonly<Record<string, string>> = { name: "Name", peer_limit: "Peers that they may make" };

/** Changes somebody's name, and how many peers they may make. */
export function EditDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const client = useQueryClient();
  // Who was looked at: people are read again while somebody types.
  const [looked, setLooked] = useState(person);
  const [shown, setShown] = useState(() => ({ texts: textsOf(person), round: 0 }));
  const [meanwhile, setMeanwhile] = useState<readonly Overtaken[] | null>(null);
  const show = (texts: Texts) => setShown(({ round }) => ({ texts, round: round + 1 }));
  const lookAgain = async (edited: Texts) => {
    const newest = await readPerson(looked.id);
    setMeanwhile(overtakenFields(textsOf(looked), textsOf(newest), edited));
    show({ ...textsOf(newest), ...edited });
    setLooked(newest);
  };
  const request = useMutation({
    mutationFn: async (form: FormData) => {
      const edited = editedTexts(textsOf(looked), typed(form));
      try {
        await changePerson(looked, changeOf(edited));
        return true;
      } catch (error) {
        if (!(error instanceof Error) || !isOvertaken(error)) throw error;
        await lookAgain(edited);
        return false;
      }
    },
    onSuccess: async (done) => {
      await refreshPeople(client);
      if (done) onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setMeanwhile(null);
    request.mutate(new FormData(event.currentTarget));
  };
  const takeTheirs = () => {
    show(textsOf(looked));
    setMeanwhile(null);
  };
  const general = formError(request.error, Object.keys(FIELDS));
  return (
    <Dialog title={`Edit ${person.name}`} onClose={onClose}>
      <Form onSubmit={submit} aria-label={`Edit ${person.name}`}>
        {general && <Notice title={general} />}
        {meanwhile && (
          <OvertakenNotice
            subject={looked.name}
            who={null}
            fields={meanwhile}
            nameOf={(field) => FIELDS[field] ?? field}
            onTakeTheirs={takeTheirs}
          />
        )}
        {/* What the fields show has changed: they begin anew. */}
        <Fragment key={shown.round}>
          <TextField
            label={FIELDS.name}
            name="name"
            required
            maxLength={60}
            autoCapitalize="words"
            defaultValue={shown.texts.name}
            error={fieldError(request.error, "name")}
          />
          <LimitField
            limit={shown.texts.peer_limit ? Number(shown.texts.peer_limit) : null}
            error={fieldError(request.error, "peer_limit")}
          />
        </Fragment>
        <Actions>
          <Button type="submit" look="main" busy={request.isPending}>
            Save
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </Actions>
      </Form>
    </Dialog>
  );
}

const textsOf = ({ name, peer_limit }: Person): Texts => ({ name, peer_limit: String(peer_limit ?? "") });

const typed = (form: FormData): Texts => ({
  name: formText(form, "name").trim(),
  peer_limit: formText(form, "peer_limit").trim(),
});

/** What is left out stays. */
function changeOf({ name, peer_limit }: Texts): Partial<PersonChange> {
  return {
    ...(name === undefined ? null : { name }),
    ...(peer_limit === undefined ? null : { peer_limit: peer_limit === "" ? null : Number(peer_limit) }),
  };
}
