import { useMutation } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { fieldError, formError } from "@/api/field-errors";
import {
  confirmTotp,
  isUnproved,
  type RecoveryCodes,
  type TotpSetup,
} from "@/features/factors/factor-documents";
import { grouped } from "@/features/factors/factor-words";
import styles from "@/features/factors/factors.module.css";
import { formText } from "@/lib/form-text";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { Form } from "@/ui/form";
import { Notice } from "@/ui/notice";
import { CodeField } from "@/ui/proof-form";
import { QrCode } from "@/ui/qr-code";

type Props = {
  setup: TotpSetup;
  onDone: (codes: RecoveryCodes) => void;
  onCancel: () => void;
  /** Too much time went by since the sign-in, and this page cannot ask again. */
  onUnproved?: () => void;
};

/** A secret for an authenticator app, and the first code of it, which makes it count. */
export function TotpSetupForm({ setup, onDone, onCancel, onUnproved }: Props) {
  const request = useMutation({
    mutationFn: confirmTotp,
    gcTime: 0,
    onSuccess: onDone,
    onError: (error) => isUnproved(error) && onUnproved?.(),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    request.mutate(formText(new FormData(event.currentTarget), "code").trim());
  };
  const general = isUnproved(request.error) ? null : formError(request.error, ["code"]);
  return (
    <div className={styles.columns}>
      <QrCode text={setup.uri} label="QR code for your authenticator app" />
      <div className={styles.beside}>
        <p>Scan it with an authenticator app, then enter the code that the app shows.</p>
        <a className={styles.here} href={setup.uri}>
          Open it in an app on this device
        </a>
        <figure className={styles.secret}>
          <figcaption>Or type this key into the app</figcaption>
          <div className={styles.box}>
            <code>{grouped(setup.secret)}</code>
            <CopyButton value={setup.secret} label="Copy key" />
          </div>
        </figure>
        <Form onSubmit={submit} aria-label="Authenticator app">
          {general && <Notice title={general} />}
          <CodeField error={fieldError(request.error, "code")} />
          <Actions>
            <Button type="submit" look="main" busy={request.isPending}>
              Confirm
            </Button>
            <Button onClick={onCancel}>Cancel</Button>
          </Actions>
        </Form>
      </div>
    </div>
  );
}
