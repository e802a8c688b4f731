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

/** A question or a form in front of the page, which cannot be reached meanwhile. */
export function Dialog({ title, onClose, keepsOpen = false, wide = false, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={classNames(styles.dialog, wide && styles.wide)}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        if (!keepsOpen) onClose();
      }}
    >
      <header className={styles.head}>
        <h2 id={id}>{title}</h2>
        <IconButton icon="close" label="Close" onClick={onClose} />
      </header>
      <div className={styles.body}>{children}</div>
    </dialog>
  );
}
