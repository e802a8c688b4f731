import type { ReactNode } from "react";
import styles from "@/ui/notice.module.css";
import { PresenceGlyph } from "@/ui/presence";

/** Something that is wrong, said with what to do about it. */
export function Notice({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={styles.notice} role="alert">
      <PresenceGlyph presence="trouble" />
      <div className={styles.text}>
        <p className={styles.title}>{title}</p>
        {children}
      </div>
    </div>
  );
}
