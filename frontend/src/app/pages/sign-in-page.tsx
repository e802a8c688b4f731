import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { Outside } from "@/app/pages/outside";
import { sessionQuery } from "@/features/session/session";
import { SignInForm } from "@/features/session/sign-in-form";
import { setupQuery } from "@/features/setup/setup-state";
import { returnPath } from "@/lib/return-path";
import { Command } from "@/ui/command";

export function SignInPage() {
  const { to } = useSearch({ from: "/sign-in" });
  const router = useRouter();
  const queryClient = useQueryClient();
  const session = useQuery(sessionQuery);
  const setup = useQuery(setupQuery);
  const target = returnPath(to);
  useEffect(() => {
    if (session.data) router.history.replace(target);
  }, [session.data, router, target]);
  if (setup.data === true) return <NotSetUp />;
  return (
    <Outside title="Sign in">
      <SignInForm onSignedIn={(data) => queryClient.setQueryData(sessionQuery.queryKey, data)} />
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
