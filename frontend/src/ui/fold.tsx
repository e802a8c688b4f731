import { type ReactNode, useState } from "react";
import styles from "@/ui/fold.module.css";

type Props = {
  summary: string;
  /** Something in it must be seen: it opens, and can be closed again. */
  open?: boolean;
  children: ReactNode;
};

/** What most people do not need, one click away. */
export function Fold({ summary, open = false, children }: Props) {
  const [shown, setShown] = useState(open);
  const [wanted, setWanted] = useState(open);
  if (open !== wanted) {
    setWanted(open);
    if (open) setShown(true);
  }
  return (
    <details className={styles.fold} open={shown} onToggle={(event) => setShown(event.currentTarget.open)}>
      <summary>{summary}</summary>
      <div className={styles.content}>{children}</div>
    </details>
  );
}
