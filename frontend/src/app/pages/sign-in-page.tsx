import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { Outside } from "@/app/pages/outside";
import { ProviderReturn } from "@/features/providers/provider-return";
import { SignInButtons } from "@/features/providers/sign-in-buttons";
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
  const [cameBack] = useState(by === "provider");
  useEffect(() => {
    // A page that is loaded anew does not come back once more.
    if (by) router.navigate({ to: "/sign-in", search: to ? { to } : {}, replace: true });
  }, [by, to, router]);
  useEffect(() => {
    if (session.data) router.history.replace(target);
  }, [session.data, router, target]);
  if (setup.data === true) return <NotSetUp />;
  const onSignedIn = (data: Session) => queryClient.setQueryData(sessionQuery.queryKey, data);
  return (
    <Outside title="Sign in">
      {cameBack && <ProviderReturn onSignedIn={onSignedIn} />}
      <SignInForm onSignedIn={onSignedIn} />
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
