import { useMutation } from "@tanstack/react-query";
import { isUnproved, makeRecoveryCodes, type RecoveryCodes } from "@/features/factors/factor-documents";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Notice } from "@/ui/notice";

type Props = { onMade: (codes: RecoveryCodes) => void; onClose: () => void };

/** Makes new recovery codes, after a word about the old ones. */
export function NewCodesDialog({ onMade, onClose }: Props) {
  const request = useMutation({ mutationFn: makeRecoveryCodes, gcTime: 0, onSuccess: onMade });
  return (
    <Dialog title="New recovery codes" onClose={onClose}>
      {request.error && !isUnproved(request.error) && <Notice title={request.error.message} />}
      <p>You get ten new codes. Those that you have kept so far are void from then on.</p>
      <Actions>
        <Button look="main" busy={request.isPending} onClick={() => request.mutate()}>
          Make new codes
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </Actions>
    </Dialog>
  );
}
