import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { components } from "@/api/schema";
import { finishAtProvider } from "@/features/providers/provider-documents";
import { Notice } from "@/ui/notice";

type Session = components["schemas"]["SessionView"];

type Props = {
  onSignedIn: (session: Session) => void;
  /** Whether the page goes on by itself after this error, as with a second factor. */
  onError?: (error: Error) => boolean;
};

/** Finishes the sign-in of whoever came back from a provider, once, and says what went wrong. */
export function ProviderReturn({ onSignedIn, onError }: Props) {
  const goesOn = useRef(false);
  const { mutate, error } = useMutation({
    mutationFn: finishAtProvider,
    gcTime: 0,
    onSuccess: onSignedIn,
    onError: (failed) => {
      goesOn.current = onError?.(failed) ?? false;
    },
  });
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return; // good once
    begun.current = true;
    mutate();
  }, [mutate]);
  if (!error) return <p role="status">Signing you in…</p>;
  if (goesOn.current) return null;
  return (
    <Notice title="You are not signed in.">
      <p>{error.message}</p>
    </Notice>
  );
}
