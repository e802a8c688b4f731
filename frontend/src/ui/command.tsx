import styles from "@/ui/command.module.css";
import { CopyButton } from "@/ui/copy-button";

/** A command to run on the machine, ready to be copied. */
export function Command({ text }: { text: string }) {
  return (
    <span className={styles.command}>
      <code>{text}</code>
      <CopyButton value={text} label={`Copy "${text}"`} />
    </span>
  );
}
