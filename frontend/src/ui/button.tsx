import type { ComponentProps } from "react";
import { classNames } from "@/lib/class-names";
import styles from "@/ui/button.module.css";

type Look = "main" | "quiet";

type Props = Omit<ComponentProps<"button">, "type"> & {
  type?: "button" | "submit";
  /** The one thing that a form is for, or one of several things that can be done. */
  look?: Look;
  /** What it started is still under way: it keeps the focus, and does nothing. */
  busy?: boolean;
};

/** A button that says what it does. */
export function Button({
  type = "button",
  look = "quiet",
  busy = false,
  className,
  onClick,
  ...rest
}: Props) {
  return (
    <button
      type={type}
      className={classNames(buttonClass(look), className)}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
      {...rest}
    />
  );
}

/** How a button looks; for links that do what a button would. */
export function buttonClass(look: Look = "quiet"): string {
  return classNames(styles.button, styles[look]);
}
