import { Delayed } from "@/ui/delayed";
import styles from "@/ui/skeleton.module.css";

/** Grey lines where content will be; nothing for the first 300 ms. */
export function Skeleton({ lines }: { lines: number }) {
  return (
    <Delayed>
      <div className={styles.skeleton} aria-hidden="true">
        {Array.from({ length: lines }, (_, line) => line).map((line) => (
          <div key={line} className={styles.line} />
        ))}
      </div>
    </Delayed>
  );
}
