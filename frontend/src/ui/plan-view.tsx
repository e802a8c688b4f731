import { useId } from "react";
import { Fold } from "@/ui/fold";
import styles from "@/ui/plan-view.module.css";

/** What a change does, as the server tells it in sentences. */
export type PlanShown = Readonly<{
  operations: readonly string[];
  firewall: readonly string[];
  files: readonly string[];
  reimport: readonly Readonly<{ id: string; name: string }>[];
  risky: readonly string[];
}>;

/** So many lines are read; more would push the buttons out of sight. */
const MOST_LINES = 12;

/** A plan, part by part; what may cut off its author comes first. */
export function PlanView({ plan }: { plan: PlanShown }) {
  const names = plan.reimport.map((peer) => peer.name);
  const nothing = [plan.operations, plan.firewall, plan.files, names, plan.risky].every(
    (part) => part.length === 0,
  );
  if (nothing) return <p className={styles.nothing}>Nothing on the node changes.</p>;
  return (
    <div className={styles.plan}>
      <Part title="This may cut you off" lines={plan.risky} trouble />
      <Part title="On the node" lines={plan.operations} />
      <Part title="Firewall and forwarding" lines={plan.firewall} />
      <Part title="Files" lines={plan.files} />
      <Part title="Peers that must import their config file again" lines={names} />
    </div>
  );
}

function Part({ title, lines, trouble }: { title: string; lines: readonly string[]; trouble?: boolean }) {
  const id = useId();
  if (lines.length === 0) return null;
  return (
    <section aria-labelledby={id} className={trouble ? styles.trouble : undefined}>
      <h3 id={id}>{title}</h3>
      <Lines lines={trouble ? lines : lines.slice(0, MOST_LINES)} />
      {!trouble && lines.length > MOST_LINES && (
        <Fold summary={`${lines.length - MOST_LINES} more`}>
          <Lines lines={lines.slice(MOST_LINES)} />
        </Fold>
      )}
    </section>
  );
}

function Lines({ lines }: { lines: readonly string[] }) {
  return (
    <ul className={styles.lines}>
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: sentences of one answer, which never move
        <li key={index}>{line}</li>
      ))}
    </ul>
  );
}
