import styles from "@/features/tokens/made-token.module.css";
import type { MadeToken } from "@/features/tokens/token-documents";
import { curlLine } from "@/features/tokens/token-words";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { Notice } from "@/ui/notice";

/** A fresh token with its secret, and a line to try it with. */
export function MadeTokenView({ made, onDone }: { made: MadeToken; onDone: () => void }) {
  return (
    <>
      <Notice tone="word" title="This is shown now and never again. Keep it where the program finds it." />
      <Secret label="Token" text={made.token} />
      <Secret label="Try it" text={curlLine(location.origin, made)} />
      <p className={styles.note}>
        Where curl does not trust the certificate, save{" "}
        <a href="/api/v1/ca.crt" download="sentra-ca.crt">
          the one of this installation
        </a>{" "}
        and add <code>--cacert sentra-ca.crt</code>.
      </p>
      <div>
        <Button look="main" onClick={onDone}>
          Done
        </Button>
      </div>
    </>
  );
}

function Secret({ label, text }: { label: string; text: string }) {
  return (
    <figure className={styles.secret}>
      <figcaption>{label}</figcaption>
      <div className={styles.box}>
        <code>{text}</code>
        <CopyButton value={text} label={label === "Token" ? "Copy token" : "Copy command"} />
      </div>
    </figure>
  );
}
