// biome-ignore-all lint/a11y/noRedundantRoles: parts of a table whose display is not that of a table keep their roles by name
import { memo, type ReactNode } from "react";
import type { PeerColumn } from "@/features/peers/peer-columns";
import type { SortColumn } from "@/features/peers/peer-sort";
import styles from "@/features/peers/peer-table.module.css";
import { classNames } from "@/lib/class-names";
import { formatBytes } from "@/lib/format";
import { Age } from "@/live/age";
import type { PeerPath, PeerStatus } from "@/live/status-types";
import { usePeer } from "@/live/use-status";
import { CopyButton } from "@/ui/copy-button";
import { PresenceGlyph } from "@/ui/presence";
import { Rate } from "@/ui/rate";

type Props = {
  path: PeerPath;
  /** Place in the whole list, from 0. */
  index: number;
  top: number;
  columns: readonly PeerColumn[];
  isOpen: boolean;
  addressOf: (publicKey: string) => string;
};

/** One peer; renders again only when this peer changed. Plain elements, since there are many. */
export const PeerRow = memo(function PeerRow({ path, index, top, columns, isOpen, addressOf }: Props) {
  const peer = usePeer(path);
  if (!peer) return null;
  return (
    <tr
      role="row"
      aria-rowindex={index + 2}
      aria-current={isOpen || undefined}
      data-key={peer.public_key}
      data-presence={peer.presence}
      className={styles.row}
      style={{ transform: `translateY(${top}px)` }}
    >
      {columns.map((column) => (
        <Cell key={column.id} column={column} peer={peer} addressOf={addressOf} />
      ))}
    </tr>
  );
});

function Cell({
  column,
  peer,
  addressOf,
}: { column: PeerColumn; peer: PeerStatus } & Pick<Props, "addressOf">) {
  const content = CELLS[column.id](peer, addressOf);
  const className = classNames(styles.cell, column.isNumber && styles.number, styles[column.id]);
  if (column.id === "public_key")
    return (
      <th scope="row" role="rowheader" className={className} data-column={column.id}>
        {content}
      </th>
    );
  return (
    <td role="cell" className={className} data-column={column.id}>
      {content}
    </td>
  );
}

type CellContent = (peer: PeerStatus, addressOf: Props["addressOf"]) => ReactNode;

const CELLS: Record<SortColumn, CellContent> = {
  presence: (peer) => <PresenceGlyph presence={peer.presence} />,
  public_key: (peer, addressOf) => (
    <>
      <a className={styles.name} href={addressOf(peer.public_key)} data-peer={peer.public_key}>
        {peer.public_key}
      </a>
      <span className={styles.actions}>
        <CopyButton value={peer.public_key} label="Copy public key" />
      </span>
    </>
  ),
  endpoint: (peer) =>
    peer.endpoint ? (
      <span title={peer.endpoint}>{peer.endpoint}</span>
    ) : (
      <span className={styles.none}>–</span>
    ),
  allowed_ips: (peer) => {
    const text = peer.allowed_ips.join(", ");
    return text ? <span title={text}>{text}</span> : <span className={styles.none}>(none)</span>;
  },
  latest_handshake: (peer) =>
    peer.latest_handshake === 0 ? (
      <span className={styles.none}>never</span>
    ) : (
      <Age at={peer.latest_handshake} />
    ),
  rx_rate: (peer) => <Rate direction="rx" bytesPerSecond={peer.rx_rate} />,
  tx_rate: (peer) => <Rate direction="tx" bytesPerSecond={peer.tx_rate} />,
  rx_bytes: (peer) => formatBytes(peer.rx_bytes),
  tx_bytes: (peer) => formatBytes(peer.tx_bytes),
  persistent_keepalive: (peer) =>
    peer.persistent_keepalive ? `${peer.persistent_keepalive} s` : <span className={styles.none}>off</span>,
};
