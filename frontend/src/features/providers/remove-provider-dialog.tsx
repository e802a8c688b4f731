import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type Provider, providersQuery, removeProvider } from "@/features/providers/provider-documents";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Notice } from "@/ui/notice";

/** Removes a provider, after a word about what that means. */
export function RemoveProviderDialog({ provider, onClose }: { provider: Provider; onClose: () => void }) {
  const client = useQueryClient();
  const request = useMutation({
    mutationFn: () => removeProvider(provider),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: providersQuery.queryKey });
      onClose();
    },
  });
  return (
    <Dialog title={`Remove ${provider.name}`} onClose={onClose}>
      {request.error && <Notice title={request.error.message} />}
      <p>
        Nobody signs in by it any more, and whoever did is signed out now. People keep their accounts and
        roles; who has no password needs a link for one.
      </p>
      <Actions>
        <Button look="main" busy={request.isPending} onClick={() => request.mutate()}>
          Remove provider
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </Actions>
    </Dialog>
  );
}
