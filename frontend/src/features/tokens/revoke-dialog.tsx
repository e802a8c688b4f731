import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ApiToken, revokeToken } from "@/features/tokens/token-documents";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Notice } from "@/ui/notice";

/** Ends a token, after a word about what that means. */
export function RevokeDialog({ token, onClose }: { token: ApiToken; onClose: () => void }) {
  const client = useQueryClient();
  const request = useMutation({
    mutationFn: () => revokeToken(token.id),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["tokens"] });
      onClose();
    },
  });
  return (
    <Dialog title={`Revoke ${token.name}`} onClose={onClose}>
      {request.error && <Notice title={request.error.message} />}
      <p>
        The next request with it is refused, and what it holds open closes within five seconds. It cannot be
        brought back.
      </p>
      <Actions>
        <Button look="main" busy={request.isPending} onClick={() => request.mutate()}>
          Revoke token
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </Actions>
    </Dialog>
  );
}
