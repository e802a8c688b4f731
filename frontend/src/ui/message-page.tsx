import type { ReactNode } from "react";
import styles from "@/ui/message-page.module.css";

/** A page that has one thing to say: empty, not found, forbidden, failed. */
export function MessagePage(props: {
  title: string;
  level?: 1 | 2;
  /** Nothing else is on the page. */
  alone?: boolean;
  children?: ReactNode;
}) {
  const Heading = props.level === 2 ? "h2" : "h1";
  const Frame = props.alone ? "main" : "div";
  return (
    <Frame className={styles.message}>
      <Heading>{props.title}</Heading>
      {props.children}
    </Frame>
  );
}
