import { PasswordInput, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useRef } from "react";
import { ApiError } from "@/api/api-error";
import type { Session } from "@/features/session/session";
import { signIn } from "@/features/session/sign-in";
import { formText } from "@/lib/form-text";
import { Button } from "@/ui/button";
import { Form } from "@/ui/form";
import { Notice } from "@/ui/notice";
import { useCountdown } from "@/ui/use-countdown";

/** E-mail and password; says what was wrong, and when one may try again. */
export function SignInForm({ onSignedIn }: { onSignedIn: (session: Session) => void }) {
  const password = useRef<HTMLInputElement>(null);
  const [wait, startWait] = useCountdown();
  const request = useMutation({
    mutationFn: (form: FormData) => signIn(formText(form, "email").trim(), formText(form, "password")),
    gcTime: 0,
    onSuccess: onSignedIn,
    onError: (error) => {
      if (error instanceof ApiError && error.status === 429) startWait(error.retryAfter ?? 30);
      password.current?.select();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    request.mutate(new FormData(event.currentTarget));
  };
  return (
    <Form onSubmit={submit}>
      {request.error && <Problem error={request.error} wait={wait} />}
      <TextInput
        label="E-mail"
        name="email"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        autoFocus
      />
      <PasswordInput
        ref={password}
        label="Password"
        name="password"
        autoComplete="current-password"
        required
      />
      <Button type="submit" look="main" busy={request.isPending} disabled={wait > 0}>
        {wait > 0 ? `Wait ${wait} s` : "Sign in"}
      </Button>
    </Form>
  );
}

function Problem({ error, wait }: { error: Error; wait: number }) {
  const status = error instanceof ApiError ? error.status : 0;
  if (status === 401 || status === 422)
    return (
      <Notice title="E-mail and password do not match.">
        <p>Check both, also Caps Lock, and try again.</p>
      </Notice>
    );
  if (status === 429)
    return (
      <Notice title="Too many attempts.">
        <p>{wait > 0 ? `You can try again in ${wait} s.` : "You can try again now."}</p>
      </Notice>
    );
  return <Notice title={error.message} />;
}
