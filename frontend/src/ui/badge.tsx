import type { ReactNode } from "react";
import { classNames } from "@/lib/class-names";
import styles from "@/ui/badge.module.css";

/** A word or two about the state of something. */
export function Badge({ tone = "plain", children }: { tone?: "plain" | "trouble"; children: ReactNode }) {
  return <span className={classNames(styles.badge, styles[tone])}>{children}</span>;
}
