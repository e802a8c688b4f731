import type { ReactNode } from "react";
import styles from "@/ui/page-header.module.css";

/** The page's title with its live state beside it, actions to the right; stays in sight. */
export function PageHeader({
  title,
  mono = false,
  state,
  children,
}: {
  title: string;
  mono?: boolean;
  state?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <header className={styles.header}>
      <title>{`${title} · Sentra`}</title>
      <h1 className={mono ? styles.mono : undefined} title={title}>
        {title}
      </h1>
      {state}
      <div className={styles.actions}>{children}</div>
    </header>
  );
}
