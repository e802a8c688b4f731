import type { ReactNode } from "react";
import styles from "@/ui/actions.module.css";

/** Buttons side by side, wrapping where they must. */
export function Actions({ children }: { children: ReactNode }) {
  return <div className={styles.actions}>{children}</div>;
}
