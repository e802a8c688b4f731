import styles from "@/features/interfaces/report.module.css";

type Hook = Readonly<{ line: number | null; text: string }>;

/** The commands of a wg-quick file, for people to read: they are neither kept nor run. */
export function HookList({ hooks }: { hooks: readonly Hook[] }) {
  if (hooks.length === 0) return null;
  return (
    <section className={styles.part}>
      <h3>Commands in the file, which Sentra never runs</h3>
      <ul className={styles.lines}>
        {hooks.map((hook, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines of one answer, which never move
          <li key={index}>
            {hook.line !== null && <span className={styles.number}>line {hook.line}</span>}
            <code>{hook.text}</code>
          </li>
        ))}
      </ul>
      <p className={styles.note}>
        What they set up stays as it is now. Where wg-quick brings the interface up, it goes on running them.
      </p>
    </section>
  );
}
