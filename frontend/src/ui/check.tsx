import type { ComponentProps, ReactNode } from "react";
import styles from "@/ui/choice.module.css";

type Props = Omit<ComponentProps<"input">, "type" | "className"> & { label: string; note?: ReactNode };

/** Something that is on or off, with a line about what it means. */
export function Check({ label, note, ...rest }: Props) {
  return (
    <label className={styles.option} data-disabled={Boolean(rest.disabled)}>
      <input type="checkbox" {...rest} />
      <span>
        {label}
        {note && <span className={styles.note}>{note}</span>}
      </span>
    </label>
  );
}
