import { useMutation } from "@tanstack/react-query";
import { isUnproved, removePasskey, removeTotp } from "@/features/factors/factor-documents";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Notice } from "@/ui/notice";

/** What is to be removed: the authenticator app, or a passkey. */
export type Removal = { kind: "totp" } | { kind: "passkey"; id: string; name: string };

type Props = {
  removal: Removal;
  /** It is the only second factor. */
  isLast: boolean;
  onRemoved: () => void;
  onClose: () => void;
};

/** Removes a second factor, after a word about what that means. */
export function RemoveFactorDialog({ removal, isLast, onRemoved, onClose }: Props) {
  const request = useMutation({
    mutationFn: () => (removal.kind === "totp" ? removeTotp() : removePasskey(removal.id)),
    onSuccess: onRemoved,
  });
  const what = removal.kind === "totp" ? "the authenticator app" : `the passkey ${removal.name}`;
  return (
    <Dialog title={`Remove ${what}`} onClose={onClose}>
      {request.error && !isUnproved(request.error) && <Notice title={request.error.message} />}
      <p>
        {removal.kind === "totp" ? "Its codes" : "It"} will not let you in any more, and you are signed out in
        every other browser.
        {isLast && " From then on your password alone lets you in, and the recovery codes are void."}
      </p>
      <Actions>
        <Button look="main" busy={request.isPending} onClick={() => request.mutate()}>
          Remove
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </Actions>
    </Dialog>
  );
}
