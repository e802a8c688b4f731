import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { classNames } from "@/lib/class-names";
import styles from "@/ui/disclosure.module.css";

type Props = {
  /** Accessible name of the button. */
  label: string;
  /** What the button shows. */
  button: ReactNode;
  buttonClass?: string | undefined;
  /** Where the content opens, seen from the button. */
  side: "above" | "below-end";
  children: ReactNode;
};

/** A button that shows and hides what belongs to it; escape and a click elsewhere hide it again. */
export function Disclosure({ label, button, buttonClass, side, children }: Props) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const id = useId();
  useEffect(() => {
    if (!open) return;
    const leave = (event: Event) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setOpen(false);
    };
    const press = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      setOpen(false);
      opener.current?.focus();
    };
    document.addEventListener("pointerdown", leave);
    document.addEventListener("focusin", leave);
    document.addEventListener("keydown", press, true);
    return () => {
      document.removeEventListener("pointerdown", leave);
      document.removeEventListener("focusin", leave);
      document.removeEventListener("keydown", press, true);
    };
  }, [open]);
  return (
    <div ref={root} className={styles.root}>
      <button
        ref={opener}
        type="button"
        className={buttonClass}
        aria-label={label}
        title={label}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        {button}
      </button>
      <div id={id} hidden={!open} className={classNames(styles.content, styles[side])}>
        {children}
      </div>
    </div>
  );
}
