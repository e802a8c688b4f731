import { PasswordInput, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useRef } from "react";
import { ApiError } from "@/api/api-error";
import { type SecondStep, secondStepOf, signInByPasskey } from "@/features/session/second-step";
import type { Session } from "@/features/session/session";
import { signIn } from "@/features/session/sign-in";
import { formText } from "@/lib/form-text";
import { passkeysPossible } from "@/lib/passkeys";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Form } from "@/ui/form";
import { Notice } from "@/ui/notice";
import { useCountdown } from "@/ui/use-countdown";

type Props = {
  onSignedIn: (session: Session) => void;
  onSecondStep: (step: SecondStep) => void;
  /** Why it begins anew. */
  over?: string | null;
};

/** E-mail and password, or a passkey alone; says what was wrong, and when one may try again. */
export function SignInForm({ onSignedIn, onSecondStep, over = null }: Props) {
  const password = useRef<HTMLInputElement>(null);
  const [wait, startWait] = useCountdown();
  const request = useMutation({
    mutationFn: (form: FormData) => signIn(formText(form, "email").trim(), formText(form, "password")),
    gcTime: 0,
    onSuccess: onSignedIn,
    onError: (error) => {
      const step = secondStepOf(error);
      if (step) return onSecondStep(step);
      if (error instanceof ApiError && error.status === 429) startWait(error.retryAfter ?? 30);
      password.current?.select();
    },
  });
  const passkey = useMutation({ mutationFn: signInByPasskey, gcTime: 0, onSuccess: onSignedIn });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    passkey.reset();
    request.mutate(new FormData(event.currentTarget));
  };
  const byPasskey = () => {
    request.reset();
    passkey.mutate();
  };
  return (
    <Form onSubmit={submit}>
      {over && request.isIdle && passkey.isIdle && <Notice tone="word" title={over} />}
      {passkey.error && <Notice title={passkey.error.message} />}
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
      <Actions>
        <Button type="submit" look="main" busy={request.isPending} disabled={wait > 0}>
          {wait > 0 ? `Wait ${wait} s` : "Sign in"}
        </Button>
        {passkeysPossible() && (
          <Button busy={passkey.isPending} onClick={byPasskey}>
            Use a passkey
          </Button>
        )}
      </Actions>
    </Form>
  );
}

function Problem({ error, wait }: { error: Error; wait: number }) {
  if (secondStepOf(error)) return null;
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
