import { type ComponentProps, useId } from "react";
import styles from "@/ui/text-area.module.css";

type Props = Omit<ComponentProps<"textarea">, "className"> & { label: string; error?: string | null };

/** Several lines of technical text. */
export function TextArea({ label, error, ...rest }: Props) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        className={styles.area}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? `${id}-error` : undefined}
        {...rest}
      />
      {error && (
        <p id={`${id}-error`} className={styles.error}>
          {error}
        </p>
      )}
    </div>
  );
}
