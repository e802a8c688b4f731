import { useEffect, useState } from "react";
import styles from "@/ui/copy-button.module.css";
import { Icon } from "@/ui/icon";

const SHOWN_MILLISECONDS = 1500;

/** Copies `value`; `label` says what it is: "Copy public key". */
export function CopyButton({ value, label }: { value: string; label: string }) {
  const [outcome, setOutcome] = useState<"copied" | "failed" | null>(null);
  useEffect(() => {
    if (!outcome) return;
    const timer = setTimeout(() => setOutcome(null), SHOWN_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = () => {
    navigator.clipboard.writeText(value).then(
      () => setOutcome("copied"),
      () => setOutcome("failed"),
    );
  };
  const said = outcome === "copied" ? "Copied" : outcome === "failed" ? "Copying is blocked" : label;
  return (
    <button type="button" className={styles.button} aria-label={said} title={said} onClick={copy}>
      <Icon name={outcome === "copied" ? "check" : "copy"} size={14} />
    </button>
  );
}
