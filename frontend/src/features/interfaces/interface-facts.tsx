import type { ReactNode } from "react";
import styles from "@/features/interfaces/interface-facts.module.css";
import { formatBytes, formatCount } from "@/lib/format";
import type { InterfaceStatus } from "@/live/status-types";
import { CopyButton } from "@/ui/copy-button";
import { Rate } from "@/ui/rate";

/** What `wg show` says of the interface itself, in one line that wraps. */
export function InterfaceFacts({ iface }: { iface: InterfaceStatus }) {
  return (
    <dl className={styles.facts}>
      <Fact name="Public key">
        {iface.public_key ? (
          <span className={styles.key}>
            <span className={styles.mono}>{iface.public_key}</span>
            <CopyButton value={iface.public_key} label="Copy public key of the interface" />
          </span>
        ) : (
          "(none)"
        )}
      </Fact>
      <Fact name="Listen port">{iface.listen_port ? String(iface.listen_port) : "–"}</Fact>
      <Fact name="Driver">{iface.driver ?? "–"}</Fact>
      <Fact name="Link">{iface.up ? "up" : "down"}</Fact>
      <Fact name="Fwmark">{iface.fwmark ? `0x${iface.fwmark.toString(16)}` : "off"}</Fact>
      <Fact name="Active">
        {formatCount(iface.peers_active)} / {formatCount(iface.peers_total)}
      </Fact>
      <Fact name="Receive">
        <span className={styles.rate}>
          <Rate direction="rx" bytesPerSecond={iface.rx_rate} />
        </span>{" "}
        <Total bytes={iface.rx_bytes} />
      </Fact>
      <Fact name="Transmit">
        <span className={styles.rate}>
          <Rate direction="tx" bytesPerSecond={iface.tx_rate} />
        </span>{" "}
        <Total bytes={iface.tx_bytes} />
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={styles.fact} data-fact={name.toLowerCase()}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Total({ bytes }: { bytes: number }) {
  return <span className={styles.total}>{formatBytes(bytes)}</span>;
}
