import { type ComponentProps, type RefObject, useEffect, useRef } from "react";
import styles from "@/ui/form.module.css";

type Props = Omit<ComponentProps<"form">, "className" | "ref"> & { ref?: RefObject<HTMLFormElement | null> };

/**
 * Fields below one another. Fields are uncontrolled: a secret is never copied into an attribute. What is refused is
 * shown: the first wrong field has the focus, or else the notice is scrolled to.
 */
export function Form({ ref, onSubmit, ...props }: Props) {
  const own = useRef<HTMLFormElement>(null);
  const form = ref ?? own;
  const sent = useRef(false);
  useEffect(() => {
    if (!sent.current) return;
    const wrong = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
    const notice = form.current?.querySelector<HTMLElement>('[role="alert"]');
    if (!wrong && !notice) return;
    sent.current = false;
    if (wrong) wrong.focus();
    else notice?.scrollIntoView({ block: "nearest" });
  });
  return (
    <form
      {...props}
      ref={form}
      method="post"
      className={styles.form}
      onSubmit={(event) => {
        sent.current = true;
        onSubmit?.(event);
      }}
    />
  );
}
