import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ApiError } from "@/api/api-error";
import { formError } from "@/api/field-errors";
import { createPeers, type ManyCreated } from "@/features/peers/create-peers";
import { refreshPeers } from "@/features/peers/peer-documents";
import { download } from "@/lib/download";
import { formText } from "@/lib/form-text";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Form } from "@/ui/form";
import { Notice } from "@/ui/notice";
import { TextArea } from "@/ui/text-area";

type Props = { iface: { id: string; name: string }; onClose: () => void };

const MOST = 500;

/** Peers from a list of names: all of them or none, and their files in one archive. */
export function AddManyDialog({ iface, onClose }: Props) {
  const client = useQueryClient();
  const [made, setMade] = useState<ManyCreated | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const request = useMutation({
    mutationFn: (names: string[]) => createPeers(iface.id, names),
    gcTime: 0,
    onSuccess: (created) => {
      setMade(created);
      void refreshPeers(client, iface.id);
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const names = namesOf(formText(new FormData(event.currentTarget), "names"));
    const wrong = problemOf(names);
    setProblem(wrong);
    if (!wrong) request.mutate(names);
  };
  if (made)
    return (
      <Dialog
        title={made.count === 1 ? "1 peer added" : `${made.count} peers added`}
        onClose={onClose}
        keepsOpen
      >
        {made.reason && <Notice title={`Decided, but they do not run yet: ${made.reason}`} />}
        <p>
          Download their config files now: the private keys were made in this browser and are kept nowhere
          else.
        </p>
        <Actions>
          <Button
            look="main"
            onClick={() => download(`${iface.name}-peers.zip`, made.archive, "application/zip")}
          >
            Download {made.count === 1 ? "1 file" : `${made.count} files`}
          </Button>
          <Button onClick={onClose}>Done</Button>
        </Actions>
      </Dialog>
    );
  return (
    <Dialog title={`Add several peers to ${iface.name}`} onClose={onClose}>
      <Form onSubmit={submit}>
        <TextArea
          label="Names, one on each line"
          name="names"
          required
          rows={10}
          error={problem ?? (request.error && problemsOf(request.error))}
        />
        <Button type="submit" look="main" busy={request.isPending}>
          Add peers
        </Button>
      </Form>
    </Dialog>
  );
}

function namesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}

function problemOf(names: readonly string[]): string | null {
  if (names.length === 0) return "Enter at least one name.";
  return names.length > MOST ? `At most ${MOST} at once; these are ${names.length}.` : null;
}

/** `peers.3.name` is the fourth line. */
function problemsOf(error: Error | null): string {
  if (!(error instanceof ApiError) || error.fields.length === 0) return formError(error, []) ?? "";
  return error.fields
    .slice(0, 5)
    .map(({ field, message }) => {
      const line = /^peers\.(\d+)/.exec(field)?.[1];
      return line === undefined ? message : `Line ${Number(line) + 1}: ${message}`;
    })
    .join(" ");
}
