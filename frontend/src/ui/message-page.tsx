import type { ReactNode } from "react";
import styles from "@/ui/message-page.module.css";

/** A page that has one thing to say: empty, not found, forbidden, failed. */
export function MessagePage({
  title,
  level = 1,
  children,
}: {
  title: string;
  level?: 1 | 2;
  children?: ReactNode;
}) {
  const Heading = level === 1 ? "h1" : "h2";
  return (
    <div className={styles.message}>
      <Heading>{title}</Heading>
      {children}
    </div>
  );
}
