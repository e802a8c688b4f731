import styles from "@/features/nodes/node-list.module.css";
import { NodeStrip } from "@/features/nodes/node-strip";
import { useNodes } from "@/live/use-status";

/** Every node, one strip each. */
export function NodeList() {
  const nodes = useNodes();
  if (nodes.length === 0)
    return (
      <p className={styles.empty}>
        No node reports. The agent that is built into Sentra is off where <code>SENTRA_DISABLE_AGENT</code> is
        set.
      </p>
    );
  return (
    <div className={styles.list}>
      {nodes.map(({ node }) => (
        <NodeStrip key={node} node={node} />
      ))}
    </div>
  );
}
