import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { deleteInterface } from "@/features/interfaces/change-interface";
import { forget, type InterfaceDocument, settle } from "@/features/interfaces/interface-documents";
import { counted } from "@/features/interfaces/interface-words";
import { PlanPart } from "@/features/interfaces/plan-dialog";
import { useWaits, WaitsFirst } from "@/features/interfaces/waits-first";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Form } from "@/ui/form";
import { Notice } from "@/ui/notice";
import { TextField } from "@/ui/text-field";

type Props = {
  document: InterfaceDocument;
  /** It is gone. Where it waits to be confirmed, only `onClose` is called. */
  onDeleted: () => void;
  onClose: () => void;
};

/** Deletes an interface when its name was typed. */
export function DeleteDialog({ document, onDeleted, onClose }: Props) {
  const { id, name } = document;
  const client = useQueryClient();
  const [typed, setTyped] = useState("");
  const waits = useWaits(document);
  const plan = useQuery({
    queryKey: ["plan", "delete", id],
    queryFn: async () => (await deleteInterface(id, true)).plan,
    enabled: !waits,
    gcTime: 0,
    retry: false,
  });
  const request = useMutation({
    mutationFn: () => deleteInterface(id),
    onSuccess: async (result) => {
      const isGone = result.confirm === null;
      if (isGone) {
        await forget(client, id);
        onDeleted();
      } else await settle(client, id, result);
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!waits && typed.trim() === name) request.mutate();
  };
  const problem = request.error ?? plan.error;
  return (
    <Dialog title={`Delete ${name}`} onClose={onClose}>
      <Form onSubmit={submit}>
        {problem && !waits && <Notice title={problem.message} />}
        <p>{whatIsLost(document)}</p>
        {waits ? (
          <WaitsFirst document={document} />
        ) : (
          <PlanPart plan={plan.data} isPending={plan.isPending} />
        )}
        <TextField
          label={`Type ${name} to delete it`}
          name="name"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <Actions>
          <Button
            type="submit"
            look="main"
            busy={request.isPending}
            disabled={waits || typed.trim() !== name}
          >
            Delete {name}
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </Actions>
      </Form>
    </Dialog>
  );
}

function whatIsLost({ peer_count, brought_up_by, started, name }: InterfaceDocument): string {
  const peers = counted(peer_count, "peer");
  if (brought_up_by === "wg-quick")
    return `Sentra forgets ${name} and its ${peers}. It runs on as it does now, and nobody loses a tunnel.`;
  const lose = peer_count === 1 ? "loses its tunnel" : "lose their tunnels";
  const lost = started ? `${peers} ${lose} at once` : `${peers} ${peer_count === 1 ? "is" : "are"} forgotten`;
  return peer_count === 0
    ? "It has no peers. Its key is deleted with it, and cannot be brought back."
    : `${lost}. The key of ${name} is deleted with it: a new interface has another one, and every config file is void.`;
}
