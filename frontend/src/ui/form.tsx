import type { ComponentProps } from "react";
import styles from "@/ui/form.module.css";

/** Fields below one another. Fields are uncontrolled: a secret is never copied into an attribute. */
export function Form(props: Omit<ComponentProps<"form">, "className">) {
  return <form {...props} method="post" className={styles.form} />;
}
