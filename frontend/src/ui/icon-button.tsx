import type { ComponentProps } from "react";
import { classNames } from "@/lib/class-names";
import { Icon, type IconName } from "@/ui/icon";
import styles from "@/ui/icon-button.module.css";

type Props = Omit<ComponentProps<"button">, "children" | "type"> & { icon: IconName; label: string };

/** A button that shows only an icon; its name is the label. */
export function IconButton({ icon, label, className, ...rest }: Props) {
  return (
    <button
      type="button"
      className={classNames(styles.button, className)}
      aria-label={label}
      title={label}
      {...rest}
    >
      <Icon name={icon} />
    </button>
  );
}
