import { classNames } from "@/lib/class-names";
import styles from "@/ui/meter.module.css";

/** Above this much something is about to run full. */
const HIGH_PERCENT = 90;

/** A thin scale with a tick at each quarter, like that of an instrument. */
export function Meter({ label, percent }: { label: string; percent: number }) {
  const filled = Math.min(100, Math.max(0, percent));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a <meter> cannot carry the ticks of a scale
    <span
      className={classNames(styles.meter, filled >= HIGH_PERCENT && styles.high)}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(filled)}
    >
      <span className={styles.fill} style={{ transform: `scaleX(${filled / 100})` }} />
    </span>
  );
}
