import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { forgetLinkToken, linkToken } from "@/app/link-token";
import { Outside } from "@/app/pages/outside";
import { sessionQuery } from "@/features/session/session";
import { signIn } from "@/features/session/sign-in";
import { SetupForm } from "@/features/setup/setup-form";
import { setupQuery } from "@/features/setup/setup-state";
import { Command } from "@/ui/command";

const TITLE = "Set up Sentra";

export function SetupPage() {
  const setup = useQuery(setupQuery);
  const queryClient = useQueryClient();
  const router = useRouter();
  const [done, setDone] = useState(false);
  const token = linkToken();

  const created = async (email: string, password: string) => {
    forgetLinkToken();
    queryClient.setQueryData(setupQuery.queryKey, false);
    const session = await signIn(email, password).catch(() => null);
    queryClient.setQueryData(sessionQuery.queryKey, session);
    await router.navigate({ to: session ? "/" : "/sign-in", replace: true });
  };

  if (done || setup.data === false) return <AlreadySetUp />;
  if (token === null) return <NoToken />;
  return (
    <Outside title={TITLE}>
      <p>This makes the owner account, which may do everything. The link works once.</p>
      <SetupForm
        token={token}
        onCreated={created}
        onAlreadyDone={() => {
          forgetLinkToken();
          setDone(true);
        }}
      />
    </Outside>
  );
}

function AlreadySetUp() {
  return (
    <Outside title={TITLE}>
      <p>Sentra is set up already.</p>
      <p>
        <Link to="/sign-in">Sign in</Link>
      </p>
    </Outside>
  );
}

function NoToken() {
  return (
    <Outside title={TITLE}>
      <p>
        The setup link is incomplete, or this page was reloaded. Print a new one on the machine, and open it:
      </p>
      <Command text="sentra setup-link" />
    </Outside>
  );
}
