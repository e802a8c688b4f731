import { classNames } from "@/lib/class-names";
import styles from "@/ui/presence.module.css";

export type Presence = "active" | "idle" | "never" | "disabled" | "trouble";

/** Shape and colour together: ● active, ◐ idle, ○ never, – disabled, ▲ trouble. */
export function PresenceGlyph({ presence, label }: { presence: Presence; label?: string }) {
  return (
    <span
      role="img"
      aria-label={label ?? presence}
      title={label ?? presence}
      className={classNames(styles.glyph, styles[presence])}
    />
  );
}
