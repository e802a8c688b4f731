import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { formError } from "@/api/field-errors";
import { BindingRows } from "@/features/people/binding-rows";
import {
  type Binding,
  isOvertaken,
  isUnproved,
  type Person,
  type Role,
  readPerson,
  refreshPeople,
  replaceBindings,
} from "@/features/people/person-documents";
import { bindingWords, type Place } from "@/features/people/person-words";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Form } from "@/ui/form";
import { Notice } from "@/ui/notice";
import { OvertakenNotice } from "@/ui/overtaken-notice";

type Props = { person: Person; grantable: readonly Role[]; places: readonly Place[]; onClose: () => void };

/** Gives and takes roles of somebody. */
export function RolesDialog({ person, grantable, places, onClose }: Props) {
  const client = useQueryClient();
  // Who was looked at: people are read again while somebody chooses.
  const [looked, setLooked] = useState(person);
  const [bindings, setBindings] = useState<readonly Binding[]>(person.bindings);
  const [theirs, setTheirs] = useState<readonly Binding[] | null>(null);
  const [round, setRound] = useState(0);
  const words = (all: readonly Binding[]) => all.map((each) => bindingWords(each, places)).join(", ");
  const request = useMutation({
    mutationFn: async () => {
      try {
        await replaceBindings(looked, [...bindings]);
        return true;
      } catch (error) {
        if (!(error instanceof Error) || !isOvertaken(error)) throw error;
        const newest = await readPerson(looked.id);
        setLooked(newest);
        setTheirs(newest.bindings);
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
    setTheirs(null);
    request.mutate();
  };
  const takeTheirs = () => {
    setBindings(looked.bindings);
    setTheirs(null);
    setRound(round + 1);
  };
  const general = isUnproved(request.error) ? null : formError(request.error, ["bindings"]);
  return (
    <Dialog title={`Roles of ${person.name}`} onClose={onClose}>
      <Form onSubmit={submit} aria-label={`Roles of ${person.name}`}>
        {general && <Notice title={general} />}
        {theirs && (
          <OvertakenNotice
            subject={looked.name}
            who={null}
            fields={overtaken(words(person.bindings), words(theirs), words(bindings))}
            nameOf={() => "Roles"}
            onTakeTheirs={takeTheirs}
          />
        )}
        <BindingRows
          key={round}
          bindings={bindings}
          grantable={grantable}
          places={places}
          error={request.error}
          onChange={setBindings}
        />
        <p>It counts from their next request on, and within five seconds for what they have open.</p>
        <Actions>
          <Button type="submit" look="main" busy={request.isPending}>
            Save roles
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </Actions>
      </Form>
    </Dialog>
  );
}

const overtaken = (before: string, theirs: string, mine: string) =>
  before === theirs ? [] : [{ field: "bindings", theirs, mine: mine === theirs ? null : mine }];
