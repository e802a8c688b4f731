import type { ReactNode } from "react";
import { Brand } from "@/app/brand";
import styles from "@/app/pages/outside.module.css";

/** A page for somebody who is not signed in. */
export function Outside({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className={styles.outside}>
      <title>{`${title} · Sentra`}</title>
      <div className={styles.column}>
        <Brand />
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}
