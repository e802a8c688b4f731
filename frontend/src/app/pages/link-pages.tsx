import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { forgetLinkToken, linkToken } from "@/app/link-token";
import { Outside } from "@/app/pages/outside";
import { linkQuery, type Purpose } from "@/features/links/link-documents";
import { LinkForm } from "@/features/links/link-form";
import { Notice } from "@/ui/notice";
import { Skeleton } from "@/ui/skeleton";

const WORDS = {
  join: { title: "Join Sentra", done: "Your account is ready." },
  reset: {
    title: "Set a new password",
    done: "Your password is changed, and you are signed out everywhere.",
  },
} as const;

export function JoinPage() {
  return <LinkPage purpose="join" />;
}

export function ResetPage() {
  return <LinkPage purpose="reset" />;
}

function LinkPage({ purpose }: { purpose: Purpose }) {
  const [done, setDone] = useState(false);
  const token = linkToken();
  const { title, done: ready } = WORDS[purpose];
  return (
    <Outside title={title}>
      {done ? (
        <>
          <p>{ready}</p>
          <p>
            <Link to="/sign-in">Sign in</Link>
          </p>
        </>
      ) : token === null ? (
        <p>The link is incomplete, or this page was reloaded. Open it once more, or ask for a new one.</p>
      ) : (
        <Opened
          purpose={purpose}
          token={token}
          onDone={() => {
            forgetLinkToken();
            setDone(true);
          }}
        />
      )}
    </Outside>
  );
}

function Opened({ purpose, token, onDone }: { purpose: Purpose; token: string; onDone: () => void }) {
  const link = useQuery(linkQuery(purpose, token));
  if (link.isPending) return <Skeleton lines={3} />;
  if (link.error) {
    return (
      <Notice title={link.error.message}>
        <p>Such a link works once and not for ever. Whoever sent it can make a new one.</p>
      </Notice>
    );
  }
  return (
    <>
      <p>For {link.data.email}.</p>
      <LinkForm purpose={purpose} token={token} opened={link.data} onDone={onDone} />
    </>
  );
}
