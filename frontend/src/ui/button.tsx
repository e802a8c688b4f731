import type { ComponentProps } from "react";
import { classNames } from "@/lib/class-names";
import styles from "@/ui/button.module.css";

type Props = Omit<ComponentProps<"button">, "type"> & {
  type?: "button" | "submit";
  /** The one thing that a form is for, or one of several things that can be done. */
  look?: "main" | "quiet";
  /** What it started is still under way. */
  busy?: boolean;
};

/** A button that says what it does. */
export function Button({
  type = "button",
  look = "quiet",
  busy = false,
  disabled,
  className,
  ...rest
}: Props) {
  return (
    <button
      type={type}
      className={classNames(styles.button, styles[look], className)}
      aria-busy={busy || undefined}
      disabled={disabled || busy}
      {...rest}
    />
  );
}
