import { useMutation, useQueryClient } from "@tanstack/react-query";
import { isUnproved, type Person, refreshPeople, resetFactors } from "@/features/people/person-documents";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Notice } from "@/ui/notice";

/** Takes the second factors of somebody off who has lost them. */
export function FactorsDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const client = useQueryClient();
  const request = useMutation({
    mutationFn: () => resetFactors(person.id),
    onSuccess: async () => {
      await refreshPeople(client);
      onClose();
    },
  });
  return (
    <Dialog title={`Reset second factors of ${person.name}`} onClose={onClose}>
      {request.error && !isUnproved(request.error) && <Notice title={request.error.message} />}
      <p>
        Their authenticator app, passkeys and recovery codes stop working, and they are signed out everywhere.
        Their password alone lets them in until they set up another factor, so be sure that it is they who
        ask.
      </p>
      <Actions>
        <Button look="main" busy={request.isPending} onClick={() => request.mutate()}>
          Reset second factors
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </Actions>
    </Dialog>
  );
}
