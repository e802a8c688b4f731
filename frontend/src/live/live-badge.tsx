import { classNames } from "@/lib/class-names";
import { formatAge } from "@/lib/format";
import styles from "@/live/live-badge.module.css";
import type { LiveKind } from "@/live/live-state";
import { useLiveState } from "@/live/use-ticking";

/** The page's state in one word, and beside it how old the newest sample is. */
export function LiveBadge({ node }: { node?: string }) {
  const { kind, age } = useLiveState(node);
  return (
    <span className={classNames(styles.badge, styles[kind])}>
      <span className={styles.dot} aria-hidden="true" />
      <span role="status">{kind}</span>
      {age !== null && (
        <span className={styles.age} data-age={kind}>
          {ageText(kind, age)}
        </span>
      )}
    </span>
  );
}

function ageText(kind: LiveKind, age: number): string {
  return kind === "live" ? `sampled ${formatAge(age)} ago` : `last sample ${formatAge(age)} ago`;
}
