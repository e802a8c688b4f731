import type { RecoveryCodes } from "@/features/factors/factor-documents";
import { codesFile } from "@/features/factors/factor-words";
import styles from "@/features/factors/factors.module.css";
import { download } from "@/lib/download";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { Notice } from "@/ui/notice";

const FILE = "sentra-recovery-codes.txt";

type Props = { codes: RecoveryCodes; action: string; onDone: () => void };

/** Fresh recovery codes, shown this once. */
export function KeptCodes({ codes, action, onDone }: Props) {
  const save = () => download(FILE, codesFile(codes, location.host), "text/plain");
  return (
    <>
      <Notice tone="word" title="These codes are shown now and never again.">
        <p>Each lets you in once, should you lose your second factor. Keep them apart from your password.</p>
      </Notice>
      <ul className={styles.codes} aria-label="Recovery codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <Actions>
        <Button onClick={save}>Download {FILE}</Button>
        <CopyButton value={codes.join("\n")} label="Copy recovery codes" />
      </Actions>
      <div>
        <Button look="main" onClick={onDone}>
          {action}
        </Button>
      </div>
    </>
  );
}
