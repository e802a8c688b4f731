import type { ReactNode } from "react";
import { documentOf, type InterfaceDocument } from "@/features/interfaces/interface-documents";
import { interfacePresence } from "@/features/interfaces/interface-presence";
import styles from "@/features/interfaces/interface-table.module.css";
import { allInterfaces, interfaceWords } from "@/features/interfaces/interface-words";
import { useDocuments } from "@/features/interfaces/use-documents";
import { formatBytes, formatCount } from "@/lib/format";
import { useLive } from "@/live/live-context";
import type { InterfaceStatus } from "@/live/status-types";
import { useInterfaces } from "@/live/use-status";
import { Badge } from "@/ui/badge";
import { PresenceGlyph } from "@/ui/presence";
import { Rate } from "@/ui/rate";
import { Sparkline } from "@/ui/sparkline";

type Props = {
  /** A link to the page of an interface; app knows the addresses. */
  linkTo: (iface: InterfaceStatus, name: ReactNode) => ReactNode;
};

/** Every interface that is watched or managed, its peers and its traffic. */
export function InterfaceTable({ linkTo }: Props) {
  const { documents, areKnown } = useDocuments();
  const interfaces = allInterfaces(useInterfaces(), documents);
  if (interfaces.length === 0)
    return (
      <p className={styles.empty}>
        There is no interface yet. Sentra watches those that it manages, and those that{" "}
        <code>WG_INTERFACE</code> names, comma separated; with <code>WG_INTERFACE=*</code> all of them.
      </p>
    );
  return (
    <div className={styles.frame}>
      <table className={styles.table} aria-label="Interfaces">
        <thead>
          <tr>
            <th scope="col">Interface</th>
            <th scope="col" className={styles.wide}>
              Node
            </th>
            <th scope="col" className={styles.number}>
              <abbr title="Active peers of all peers">Peers</abbr>
            </th>
            <th scope="col" className={styles.spark}>
              <span className="visually-hidden">Last two minutes</span>
            </th>
            <th scope="col" className={styles.number}>
              Receive
            </th>
            <th scope="col" className={styles.number}>
              Transmit
            </th>
            <th scope="col" className={`${styles.number} ${styles.wide}`}>
              Received
            </th>
            <th scope="col" className={`${styles.number} ${styles.wide}`}>
              Sent
            </th>
          </tr>
        </thead>
        <tbody>
          {interfaces.map((iface) => (
            <InterfaceRow
              key={iface.path}
              iface={iface}
              document={areKnown ? (documentOf(documents, iface.node, iface.name) ?? null) : undefined}
              linkTo={linkTo}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

type RowProps = Props & {
  iface: InterfaceStatus;
  /** Null where it is only watched, undefined while that is not known. */
  document: InterfaceDocument | null | undefined;
};

function InterfaceRow({ iface, document, linkTo }: RowProps) {
  const { store, history } = useLive();
  return (
    <tr data-interface={iface.path}>
      <th scope="row" data-column="name">
        <span className={styles.name}>
          <PresenceGlyph {...interfacePresence(iface, document ?? undefined)} />
          {linkTo(iface, iface.name)}
          {document !== undefined && <Words document={document} />}
        </span>
      </th>
      <td className={styles.wide} data-column="node">
        {iface.node}
      </td>
      <td className={styles.number} data-column="peers">
        {formatCount(iface.peers_active)} / {formatCount(iface.peers_total)}
      </td>
      <td className={styles.spark}>
        <Sparkline points={history.interface(iface.path)} onChange={history.onChange} now={store.now} />
      </td>
      <td className={styles.number} data-column="rx_rate">
        <Rate direction="rx" bytesPerSecond={iface.rx_rate} />
      </td>
      <td className={styles.number} data-column="tx_rate">
        <Rate direction="tx" bytesPerSecond={iface.tx_rate} />
      </td>
      <td className={`${styles.number} ${styles.wide}`} data-column="rx_bytes">
        {formatBytes(iface.rx_bytes)}
      </td>
      <td className={`${styles.number} ${styles.wide}`} data-column="tx_bytes">
        {formatBytes(iface.tx_bytes)}
      </td>
    </tr>
  );
}

/** What is to be known of an interface beside its numbers. */
function Words({ document }: { document: InterfaceDocument | null }) {
  const words = document ? interfaceWords(document) : [{ text: "watched only", tone: "plain" as const }];
  return (
    <span className={styles.words}>
      {words.map(({ text, tone }) => (
        <Badge key={text} tone={tone}>
          {text}
        </Badge>
      ))}
    </span>
  );
}
