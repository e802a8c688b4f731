import { useMutation } from "@tanstack/react-query";
import { ApiError } from "@/api/api-error";
import { giveSecondFactor, type SecondStep, waysOf } from "@/features/session/second-step";
import type { Session } from "@/features/session/session";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { ProofForm } from "@/ui/proof-form";
import { useCountdown } from "@/ui/use-countdown";

type Props = {
  step: SecondStep;
  onSignedIn: (session: Session) => void;
  /** Begin anew; `why` says it where it was not wanted. */
  onOver: (why: string | null) => void;
};

/** The second step of signing in: a code, a recovery code or a passkey. */
export function SecondStepForm({ step, onSignedIn, onOver }: Props) {
  const [wait, startWait] = useCountdown();
  const request = useMutation({
    mutationFn: (proof: Parameters<typeof giveSecondFactor>[1]) => giveSecondFactor(step, proof),
    gcTime: 0,
    onSuccess: onSignedIn,
    onError: (error) => {
      if (!(error instanceof ApiError)) return;
      if (error.code === "sign-in-over") onOver(error.message);
      if (error.status === 429) startWait(error.retryAfter ?? 30);
    },
  });
  const ways = waysOf(step);
  const back = <Button onClick={() => onOver(null)}>Back</Button>;
  if (ways.length === 0)
    return (
      <>
        <Notice title="Your second factor is a passkey, and this browser cannot use passkeys here.">
          <p>Use the browser or device that has it, by this server's name. Or ask an owner to reset it.</p>
        </Notice>
        <div>{back}</div>
      </>
    );
  const isWrong = request.error instanceof ApiError && request.error.code === "proof-wrong";
  const typed = request.variables !== "passkey";
  const message = request.error?.message ?? null;
  return (
    <ProofForm
      ways={ways}
      action="Sign in"
      error={isWrong && typed ? message : null}
      busy={request.isPending}
      wait={wait}
      onTyped={request.mutate}
      onPasskey={() => request.mutate("passkey")}
      onChoose={request.reset}
      notice={message && !(isWrong && typed) && <Notice title={message} />}
      beside={back}
    />
  );
}
