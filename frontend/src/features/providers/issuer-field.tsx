import { useMutation } from "@tanstack/react-query";
import { useRef } from "react";
import { fieldError } from "@/api/field-errors";
import styles from "@/features/providers/provider-dialog.module.css";
import { checkIssuer } from "@/features/providers/provider-documents";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { Notice } from "@/ui/notice";
import { TextField } from "@/ui/text-field";

/** The issuer of a new provider, which can be tried; says what to register there. */
export function IssuerField({ error }: { error: Error | null }) {
  const input = useRef<HTMLInputElement>(null);
  const request = useMutation({ mutationFn: checkIssuer, gcTime: 0 });
  const attempt = () => {
    if (input.current?.reportValidity()) request.mutate(input.current.value.trim());
  };
  const wrong = fieldError(request.error, "issuer") ?? fieldError(error, "issuer");
  return (
    <div className={styles.issuer}>
      <div className={styles.tried}>
        <TextField
          ref={input}
          label="Issuer"
          name="issuer"
          type="url"
          required
          maxLength={300}
          placeholder="https://id.example.com/realms/staff"
          error={wrong}
          onChange={() => request.reset()}
        />
        <Button busy={request.isPending} onClick={attempt}>
          Try
        </Button>
      </div>
      {request.error && !wrong && <Notice title={request.error.message} />}
      {request.data && (
        <Notice tone="word" title="It answers as it should.">
          <RedirectUri uri={request.data.redirect_uri} />
        </Notice>
      )}
    </div>
  );
}

/** What to register at the provider. */
export function RedirectUri({ uri }: { uri: string }) {
  return (
    <div className={styles.uri}>
      <p>Register this redirect URI there:</p>
      <code>{uri}</code>
      <CopyButton value={uri} label="Copy redirect URI" />
    </div>
  );
}
