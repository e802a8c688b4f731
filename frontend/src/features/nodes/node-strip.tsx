import type { ReactNode } from "react";
import styles from "@/features/nodes/node-strip.module.css";
import { formatBytes, formatPercent, formatRate, formatUptime } from "@/lib/format";
import { Age } from "@/live/age";
import type { SystemStatus } from "@/live/status-frames";
import type { NodeStatus } from "@/live/status-types";
import { useNode } from "@/live/use-status";
import { Meter } from "@/ui/meter";
import { PresenceGlyph } from "@/ui/presence";

/** One machine in one strip: who it is, and how it does. */
export function NodeStrip({ node: name }: { node: string }) {
  const node = useNode(name);
  if (!node) return null;
  const { system } = node;
  return (
    <article
      className={styles.strip}
      aria-label={`Node ${name}`}
      data-node={name}
      data-offline={!node.online || undefined}
    >
      <div className={styles.identity}>
        <h3 className={styles.name}>
          <PresenceGlyph
            presence={node.online ? "active" : "trouble"}
            label={node.online ? "online" : "offline"}
          />
          <span className={styles.ellipsis}>{name}</span>
        </h3>
        {/* Of a node of which one may see only parts, the machine is not told. */}
        {(system !== null || node.sampled_at === 0) && (
          <p className={styles.machine} title={machine(system)}>
            {system ? machine(system) : "not looked at yet"}
          </p>
        )}
        {!node.online && (
          <p className={styles.trouble}>
            {node.sampled_at > 0 ? (
              <Age at={node.sampled_at} suffix=" since the last sample" />
            ) : (
              "never sampled"
            )}
          </p>
        )}
      </div>
      {system && <Measures node={node} system={system} />}
    </article>
  );
}

function Measures({ node, system }: { node: NodeStatus; system: SystemStatus }) {
  return (
    <dl className={styles.measures}>
      <Measure name="CPU" value={formatPercent(system.cpu_percent)} note={cores(system.cpu_count)}>
        <Meter label="CPU" percent={system.cpu_percent} />
      </Measure>
      <Measure
        name="Memory"
        value={formatPercent(system.memory_percent)}
        note={`${formatBytes(system.memory_used)} of ${formatBytes(system.memory_total)}`}
      >
        <Meter label="Memory" percent={system.memory_percent} />
      </Measure>
      <Measure
        name="Disk"
        value={formatPercent(system.disk_percent)}
        note={`${formatBytes(system.disk_used)} of ${formatBytes(system.disk_total)}`}
      >
        <Meter label="Disk" percent={system.disk_percent} />
      </Measure>
      <Measure name="Load" value={load(system, 0)} note={`${load(system, 1)}  ${load(system, 2)}`} />
      <Measure
        name="Network"
        value={
          <>
            <span className={styles.rx}>↓ {rate(node.net_rx_rate)}</span>
            <span className={styles.tx}>↑ {rate(node.net_tx_rate)}</span>
          </>
        }
      />
      <Measure name="Uptime" value={formatUptime(system.uptime)} />
    </dl>
  );
}

function Measure(props: { name: string; value: ReactNode; note?: string; children?: ReactNode }) {
  return (
    <div className={styles.measure} data-measure={props.name.toLowerCase()}>
      <dt>{props.name}</dt>
      <dd className={styles.value}>{props.value}</dd>
      {props.children && <dd className={styles.scale}>{props.children}</dd>}
      {props.note && <dd className={styles.note}>{props.note}</dd>}
    </div>
  );
}

function machine(system: SystemStatus | null): string {
  if (!system) return "";
  return `${system.hostname} · ${system.platform || system.os} · ${system.kernel_version} · ${system.arch}`;
}

const cores = (count: number) => (count === 1 ? "1 core" : `${count} cores`);
const rate = (bytesPerSecond: number | null) => (bytesPerSecond === null ? "–" : formatRate(bytesPerSecond));
const load = (system: SystemStatus, index: number) => system.load_average?.[index]?.toFixed(2) ?? "–";
