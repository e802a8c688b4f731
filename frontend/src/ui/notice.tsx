import type { ReactNode } from "react";
import { classNames } from "@/lib/class-names";
import styles from "@/ui/notice.module.css";
import { PresenceGlyph } from "@/ui/presence";

type Props = {
  title: string;
  /** Trouble is wrong and said at once; a word is something to know or to decide. */
  tone?: "trouble" | "word";
  /** Its text changes all the time: it is not read out by itself. */
  silent?: boolean;
  children?: ReactNode;
};

/** Something that is wrong, or has to be decided, said with what to do about it. */
export function Notice({ title, tone = "trouble", silent = false, children }: Props) {
  const trouble = tone === "trouble";
  return (
    <div className={classNames(styles.notice, styles[tone])} role={trouble && !silent ? "alert" : "note"}>
      {trouble && <PresenceGlyph presence="trouble" />}
      <div className={styles.text}>
        <p className={styles.title}>{title}</p>
        {children}
      </div>
    </div>
  );
}
