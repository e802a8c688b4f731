import { type ReactNode, useId } from "react";
import styles from "@/ui/choice.module.css";

type Option<Value extends string> = Readonly<{
  value: Value;
  label: string;
  note?: ReactNode;
  /** Why it cannot be chosen. */
  disabled?: string | undefined;
}>;

type Props<Value extends string> = {
  label: string;
  value: Value;
  onChange: (value: Value) => void;
  options: readonly Option<Value>[];
};

/** One of a few, each with a line about what it means. */
export function Choice<Value extends string>({ label, value, onChange, options }: Props<Value>) {
  const name = useId();
  return (
    <fieldset className={styles.choice}>
      <legend>{label}</legend>
      {options.map((option) => (
        <label key={option.value} className={styles.option} data-disabled={Boolean(option.disabled)}>
          <input
            type="radio"
            name={name}
            checked={option.value === value}
            disabled={Boolean(option.disabled)}
            onChange={() => onChange(option.value)}
          />
          <span>
            {option.label}
            {(option.disabled ?? option.note) && (
              <span className={styles.note}>{option.disabled ?? option.note}</span>
            )}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
