import type { ReactNode } from "react";
import styles from "@/ui/tabs.module.css";

/** Links between pages about one thing, side by side; app makes the links. */
export function Tabs({ label, children }: { label: string; children: ReactNode }) {
  return (
    <nav className={styles.tabs} aria-label={label}>
      {children}
    </nav>
  );
}
