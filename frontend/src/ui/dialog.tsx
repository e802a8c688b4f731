import { type ReactNode, useEffect, useId, useRef } from "react";
import { classNames } from "@/lib/class-names";
import styles from "@/ui/dialog.module.css";
import { IconButton } from "@/ui/icon-button";

type Props = {
  title: string;
  onClose: () => void;
  /** What is in it would be lost: neither escape nor a click beside it closes it. */
  keepsOpen?: boolean;
  wide?: boolean;
  children: ReactNode;
};

const FIELD = "input:not([type=hidden]):not([type=radio]):not([type=checkbox]), textarea, select";

/**
 * A question or a form in front of the page, which cannot be reached meanwhile. The focus goes to the first field, and
 * back to where it was.
 */
export function Dialog({ title, onClose, keepsOpen = false, wide = false, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    // A dialog in whose place this one comes has given the focus back by now.
    const opener = document.activeElement;
    element?.showModal();
    (body.current?.querySelector<HTMLElement>(FIELD) ?? element)?.focus();
    return () => {
      element?.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true });
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      className={classNames(styles.dialog, wide && styles.wide)}
      aria-labelledby={id}
      tabIndex={-1}
      onCancel={(event) => {
        event.preventDefault();
        if (!keepsOpen) onClose();
      }}
    >
      <header className={styles.head}>
        <h2 id={id}>{title}</h2>
        <IconButton icon="close" label="Close" onClick={onClose} />
      </header>
      <div ref={body} className={styles.body}>
        {children}
      </div>
    </dialog>
  );
}
