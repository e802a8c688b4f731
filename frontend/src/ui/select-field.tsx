import { type ComponentProps, useId } from "react";
import styles from "@/ui/select-field.module.css";

type Option = Readonly<{ value: string; label: string }>;

type Props = Omit<ComponentProps<"select">, "children" | "className" | "id"> & {
  label: string;
  options: readonly Option[];
  error?: string | null;
};

/** One of several, with its label above and what is wrong below. */
export function SelectField({ label, options, error = null, ...rest }: Props) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        className={styles.select}
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? `${id}-error` : undefined}
        {...rest}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      {error && (
        <p id={`${id}-error`} className={styles.error}>
          {error}
        </p>
      )}
    </div>
  );
}
