import { useMutation, useQuery } from "@tanstack/react-query";
import { ApiError } from "@/api/api-error";
import { fieldError, formError } from "@/api/field-errors";
import { ownFactorsQuery } from "@/api/own-factors";
import { byProviderQuery, prove, waysOf } from "@/features/step-up/prove";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Notice } from "@/ui/notice";
import { ProofForm, type Way } from "@/ui/proof-form";
import { Skeleton } from "@/ui/skeleton";
import { useCountdown } from "@/ui/use-countdown";

const FIELDS = ["password", "code"];

/** Asks for a proof, and ends once the server believes it or nobody wants to give it. */
export function StepUpDialog({ onEnd }: { onEnd: (proved: boolean) => void }) {
  const factors = useQuery(ownFactorsQuery);
  const byProvider = useQuery(byProviderQuery);
  // Where it cannot be said what there is, there is still the password.
  const ways: readonly Way[] | null = factors.data
    ? waysOf(factors.data)
    : factors.isError
      ? ["password"]
      : null;
  return (
    <Dialog title="Confirm that it is you" onClose={() => onEnd(false)}>
      <p>This changes who gets in, so Sentra asks once more. You are not asked again for five minutes.</p>
      {byProvider.data && ways?.length === 1 && (
        <p>If an identity provider signs you in and you have no password, sign out and in again instead.</p>
      )}
      {ways ? <Proving ways={ways} onEnd={onEnd} /> : <Skeleton lines={3} />}
    </Dialog>
  );
}

function Proving({ ways, onEnd }: { ways: readonly Way[]; onEnd: (proved: boolean) => void }) {
  const [wait, startWait] = useCountdown();
  const request = useMutation({
    mutationFn: prove,
    gcTime: 0,
    onSuccess: () => onEnd(true),
    onError: (error) => {
      if (error instanceof ApiError && error.status === 429) startWait(error.retryAfter ?? 30);
    },
  });
  const general = formError(request.error, FIELDS);
  return (
    <ProofForm
      ways={ways}
      action="Confirm"
      error={FIELDS.map((field) => fieldError(request.error, field)).find(Boolean) ?? null}
      busy={request.isPending}
      wait={wait}
      onTyped={request.mutate}
      onPasskey={() => request.mutate("passkey")}
      onChoose={request.reset}
      notice={general && <Notice title={general} />}
      beside={<Button onClick={() => onEnd(false)}>Cancel</Button>}
    />
  );
}
