import type { ComponentProps, ReactNode } from "react";
import { Disclosure } from "@/ui/disclosure";
import { Icon } from "@/ui/icon";
import styles from "@/ui/menu.module.css";

/** More that can be done with something, behind ⋮. */
export function Menu({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Disclosure label={label} button={<Icon name="more" />} buttonClass={styles.button} side="below-end">
      {children}
    </Disclosure>
  );
}

/** How an entry of a menu looks; for links, which app makes. */
export const menuEntry = styles.entry ?? "";

export function MenuButton(props: Omit<ComponentProps<"button">, "className" | "type">) {
  return <button type="button" className={menuEntry} {...props} />;
}
