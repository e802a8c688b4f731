import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { Outside } from "@/app/pages/outside";
import { ProviderReturn } from "@/features/providers/provider-return";
import { SignInButtons } from "@/features/providers/sign-in-buttons";
import { type SecondStep, secondStepOf } from "@/features/session/second-step";
import { SecondStepForm } from "@/features/session/second-step-form";
import { type Session, sessionQuery } from "@/features/session/session";
import { SignInForm } from "@/features/session/sign-in-form";
import { setupQuery } from "@/features/setup/setup-state";
import { returnPath } from "@/lib/return-path";
import { Command } from "@/ui/command";

export function SignInPage() {
  const { to, by } = useSearch({ from: "/sign-in" });
  const router = useRouter();
  const queryClient = useQueryClient();
  const session = useQuery(sessionQuery);
  const setup = useQuery(setupQuery);
  const target = returnPath(to);
  const [cameBack, setCameBack] = useState(by === "provider");
  const [step, setStep] = useState<SecondStep | null>(null);
  const [over, setOver] = useState<string | null>(null);
  useEffect(() => {
    // A page that is loaded anew does not come back once more.
    if (by) router.navigate({ to: "/sign-in", search: to ? { to } : {}, replace: true });
  }, [by, to, router]);
  useEffect(() => {
    if (session.data) router.history.replace(target);
  }, [session.data, router, target]);
  if (setup.data === true) return <NotSetUp />;
  const onSignedIn = (data: Session) => queryClient.setQueryData(sessionQuery.queryKey, data);
  const goOn = (next: SecondStep) => {
    setCameBack(false);
    setStep(next);
  };
  const beginAnew = (why: string | null) => {
    setOver(why);
    setStep(null);
  };
  if (step)
    return (
      <Outside title="Second factor">
        <SecondStepForm step={step} onSignedIn={onSignedIn} onOver={beginAnew} />
      </Outside>
    );
  const onReturnError = (error: Error) => {
    const next = secondStepOf(error);
    if (next) goOn(next);
    return next !== null;
  };
  return (
    <Outside title="Sign in">
      {cameBack && <ProviderReturn onSignedIn={onSignedIn} onError={onReturnError} />}
      <SignInForm onSignedIn={onSignedIn} onSecondStep={goOn} over={over} />
      <SignInButtons returnTo={target} />
    </Outside>
  );
}

function NotSetUp() {
  return (
    <Outside title="Sign in">
      <p>
        Nobody can sign in yet: this Sentra has no account. Open the setup link that it printed when it
        started, or print a new one:
      </p>
      <Command text="sentra setup-link" />
    </Outside>
  );
}
