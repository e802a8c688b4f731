import { useMutation, useQueryClient } from "@tanstack/react-query";
import { HandedLinkView } from "@/features/people/handed-link";
import {
  inviteAgain,
  isUnproved,
  makeResetLink,
  type Person,
  refreshPeople,
} from "@/features/people/person-documents";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Notice } from "@/ui/notice";

/** Makes a link for somebody: a new invitation for who has not joined, else one for a new password. Shown once. */
export function LinkDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const client = useQueryClient();
  const joined = person.joined_at !== null;
  const request = useMutation({
    mutationFn: () => (joined ? makeResetLink(person.id) : inviteAgain(person.id)),
    gcTime: 0, // the answer holds the link
    onSuccess: () => refreshPeople(client),
  });
  const title = joined ? `New password for ${person.name}` : `Invite ${person.name} again`;
  if (request.data)
    return (
      <Dialog title={title} onClose={onClose} keepsOpen>
        <HandedLinkView link={request.data} email={person.email} onDone={onClose} />
      </Dialog>
    );
  return (
    <Dialog title={title} onClose={onClose}>
      {request.error && !isUnproved(request.error) && <Notice title={request.error.message} />}
      <p>
        {joined
          ? "By the link they set a new password that nobody else sees. Until then the old one is good; second factors stay."
          : "The link that they were given before ends."}
      </p>
      <Actions>
        <Button look="main" busy={request.isPending} onClick={() => request.mutate()}>
          Make link
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </Actions>
    </Dialog>
  );
}
