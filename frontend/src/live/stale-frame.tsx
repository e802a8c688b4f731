import type { ReactNode } from "react";
import styles from "@/live/stale-frame.module.css";
import { useLiveState } from "@/live/use-ticking";

/** A reconnect within this time is not worth a change of the whole page. */
const GRACE_SECONDS = 5;

/** Dims what it holds as soon as it is no longer live. */
export function StaleFrame({ node, children }: { node?: string; children: ReactNode }) {
  const { kind, age } = useLiveState(node);
  const dimmed = kind === "stale" || (kind !== "live" && (age ?? 0) > GRACE_SECONDS);
  return (
    <div className={styles.frame} data-stale={dimmed || undefined}>
      {children}
    </div>
  );
}
