import { type FormEvent, useState } from "react";
import type { PeersChange } from "@/features/peers/change-peers";
import { NotRunningYet } from "@/features/peers/not-running-yet";
import type { PeerOutcome } from "@/features/peers/peer-outcome";
import { formText } from "@/lib/form-text";
import { entriesOf } from "@/lib/text-list";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Form } from "@/ui/form";
import { Notice } from "@/ui/notice";
import { TextField } from "@/ui/text-field";

export type Asking = "delete" | "tag" | "expiry";

type Props = {
  asking: Asking;
  /** How many are meant: "12 peers". */
  chosen: string;
  /** What became of it, where it is done. */
  outcome: PeerOutcome | null;
  problem: string | null;
  busy: boolean;
  onChange: (change: PeersChange | "delete") => void;
  onClose: () => void;
};

/** What is asked before all chosen peers are changed, and why the change does not run yet. */
export function BulkDialog({ asking, chosen, outcome, problem, busy, onChange, onClose }: Props) {
  // Those that are deleted are chosen no more.
  const [meant] = useState(chosen);
  const title = {
    delete: `Delete ${meant}?`,
    tag: "Tag the chosen peers",
    expiry: "When the chosen peers expire",
  }[asking];
  if (outcome?.reason)
    return (
      <Dialog title={title.replace("?", "")} onClose={onClose}>
        <NotRunningYet
          {...(asking === "delete" ? { what: "Deleted, but they still run" } : null)}
          reason={outcome.reason}
          onClose={onClose}
        />
      </Dialog>
    );
  return (
    <Dialog title={title} onClose={onClose}>
      {asking === "delete" ? (
        <>
          {problem && <Notice title={problem} />}
          <p>
            Their tunnels end at once and their config files stop working. This can be undone in the history
            of the interface.
          </p>
          <Actions>
            <Button look="main" busy={busy} onClick={() => onChange("delete")}>
              Delete {meant}
            </Button>
            <Button onClick={onClose}>Keep them</Button>
          </Actions>
        </>
      ) : (
        <BulkForm asking={asking} problem={problem} busy={busy} onChange={onChange} />
      )}
    </Dialog>
  );
}

type FormProps = Pick<Props, "problem" | "busy" | "onChange"> & { asking: "tag" | "expiry" };

function BulkForm({ asking, problem, busy, onChange }: FormProps) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const at = formText(form, "expires_at");
    if (asking === "tag") onChange({ add_tags: entriesOf(formText(form, "tags")) });
    else onChange({ expires_at: at ? new Date(at).toISOString() : null });
  };
  return (
    <Form onSubmit={submit}>
      {problem && <Notice title={problem} />}
      {asking === "tag" ? (
        <TextField label="Tags to add" name="tags" description="Commas between them." required />
      ) : (
        <TextField
          label="Expires"
          name="expires_at"
          type="datetime-local"
          description="They are disabled then. Empty: never."
        />
      )}
      <Button type="submit" look="main" busy={busy}>
        {asking === "tag" ? "Add tags" : "Set expiry"}
      </Button>
    </Form>
  );
}
