// biome-ignore-all lint/a11y/noRedundantRoles: parts of a table whose display is not that of a table keep their roles by name
import { memo, type ReactNode } from "react";
import { usePeerBook } from "@/features/peers/peer-book-context";
import type { PeerColumn } from "@/features/peers/peer-columns";
import { usePeerSelection } from "@/features/peers/peer-selection";
import type { SortColumn } from "@/features/peers/peer-sort";
import styles from "@/features/peers/peer-table.module.css";
import { classNames } from "@/lib/class-names";
import { formatBytes } from "@/lib/format";
import { Age } from "@/live/age";
import type { PeerPath, PeerStatus } from "@/live/status-types";
import { usePeer } from "@/live/use-status";
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

/** One peer; renders again only when this peer changed. Few and plain elements, since rows come and go as one scrolls. */
export const PeerRow = memo(function PeerRow({ path, index, top, columns, isOpen, addressOf }: Props) {
  const book = usePeerBook();
  const selection = usePeerSelection();
  const peer = usePeer(path) ?? book.absent(path);
  if (!peer) return null;
  const name = book.name(peer.public_key);

  return (
    <tr
      role="row"
      aria-rowindex={index + 2}
      aria-current={isOpen || undefined}
      data-key={peer.public_key}
      data-presence={peer.presence}
      className={styles.row}
      style={{ top }}
    >
      {columns.map((column) =>
        column.id === "presence" && selection && name ? (
          <ChosenCell
            key={column.id}
            name={name}
            chosen={selection.chosen.has(peer.public_key)}
            onToggle={() => selection.onToggle(peer.public_key)}
          />
        ) : (
          <Cell key={column.id} column={column} peer={peer} name={name} addressOf={addressOf} />
        ),
      )}
    </tr>
  );
});

function ChosenCell(props: { name: string; chosen: boolean; onToggle: () => void }) {
  return (
    <td role="cell" className={classNames(styles.cell, styles.choose)} data-column="choose">
      <label>
        <input
          type="checkbox"
          aria-label={`Choose ${props.name}`}
          checked={props.chosen}
          onChange={props.onToggle}
        />
      </label>
    </td>
  );
}

type CellProps = { column: PeerColumn; peer: PeerStatus; name: string | null; addressOf: Props["addressOf"] };

function Cell({ column, peer, name, addressOf }: CellProps) {
  const className = classNames(styles.cell, column.isNumber && styles.number, styles[column.id]);
  if (column.id === "public_key")
    return (
      <th scope="row" role="rowheader" className={className} data-column={column.id}>
        <a
          className={name ? styles.named : styles.name}
          href={addressOf(peer.public_key)}
          data-peer={peer.public_key}
          title={peer.public_key}
        >
          {name ?? peer.public_key}
        </a>
        <button
          type="button"
          className={styles.copy}
          data-copy={peer.public_key}
          aria-label="Copy public key"
        />
      </th>
    );
  const empty = EMPTY[column.id]?.(peer);
  return (
    <td
      role="cell"
      className={classNames(className, empty && styles.none)}
      data-column={column.id}
      title={TITLES[column.id]?.(peer)}
    >
      {empty || CELLS[column.id](peer)}
    </td>
  );
}

const CELLS: Record<Exclude<SortColumn, "public_key">, (peer: PeerStatus) => ReactNode> = {
  presence: (peer) => <PresenceGlyph presence={peer.presence} />,
  endpoint: (peer) => peer.endpoint,
  allowed_ips: (peer) => peer.allowed_ips.join(", "),
  latest_handshake: (peer) => <Age at={peer.latest_handshake} />,
  rx_rate: (peer) => <Rate direction="rx" bytesPerSecond={peer.rx_rate} />,
  tx_rate: (peer) => <Rate direction="tx" bytesPerSecond={peer.tx_rate} />,
  rx_bytes: (peer) => formatBytes(peer.rx_bytes),
  tx_bytes: (peer) => formatBytes(peer.tx_bytes),
  persistent_keepalive: (peer) => `${peer.persistent_keepalive} s`,
};

/** What stands where there is nothing; false where there is something. */
const EMPTY: Partial<Record<SortColumn, (peer: PeerStatus) => string | false>> = {
  endpoint: (peer) => peer.endpoint === null && "–",
  allowed_ips: (peer) => peer.allowed_ips.length === 0 && "(none)",
  latest_handshake: (peer) => peer.latest_handshake === 0 && "never",
  persistent_keepalive: (peer) => !peer.persistent_keepalive && "off",
};

/** The whole of what may be cut off. */
const TITLES: Partial<Record<SortColumn, (peer: PeerStatus) => string | undefined>> = {
  endpoint: (peer) => peer.endpoint ?? undefined,
  allowed_ips: (peer) => peer.allowed_ips.join(", ") || undefined,
};
