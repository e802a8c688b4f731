import { type ErrorComponentProps, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { ApiError } from "@/api/api-error";
import { Button } from "@/ui/button";
import { MessagePage } from "@/ui/message-page";

const RETRY_MILLISECONDS = 4000;

/** Said when a page fails; where it was the server that is away, tries again by itself. */
export function FailedPage({ error, reset, alone = false }: ErrorComponentProps & { alone?: boolean }) {
  const router = useRouter();
  const away = error instanceof ApiError && (error.status === 0 || error.status >= 502);
  useEffect(() => {
    if (!away) return;
    const timer = setInterval(() => void router.invalidate(), RETRY_MILLISECONDS);
    return () => clearInterval(timer);
  }, [away, router]);
  const retry = () => {
    reset();
    void router.invalidate();
  };
  return (
    <MessagePage alone={alone} title={away ? "Sentra does not answer" : "This page failed"}>
      <title>Failed · Sentra</title>
      <p>
        {away
          ? "It may be starting again. Your tunnels do not depend on it. This page tries again every few seconds."
          : "The page met something that it was not made for. Trying again may help."}
      </p>
      <p>
        <code>{error instanceof Error ? error.message : String(error)}</code>
      </p>
      <Button onClick={retry}>Try again</Button>
    </MessagePage>
  );
}

/** The same where there is no page around it. */
export function FailedAlone(props: ErrorComponentProps) {
  return <FailedPage {...props} alone />;
}
