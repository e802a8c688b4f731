import { type ReactNode, useMemo, useSyncExternalStore } from "react";
import styles from "@/features/peers/top-peers.module.css";
import { useLive } from "@/live/live-context";
import type { StatusStore } from "@/live/status-store";
import type { PeerPath, PeerStatus } from "@/live/status-types";
import { useInterfaces, usePeer } from "@/live/use-status";
import { PresenceGlyph } from "@/ui/presence";
import { Rate } from "@/ui/rate";

const SHOWN = 8;

type Props = { linkTo: (peer: PeerStatus, name: ReactNode) => ReactNode };

/** Who moves most at this moment. */
export function TopPeers({ linkTo }: Props) {
  const { store } = useLive();
  const top = useMemo(() => topPaths(store), [store]);
  const paths = useSyncExternalStore(store.onAny, top);
  const several = useInterfaces().length > 1;
  if (paths.length === 0) return <p className={styles.quiet}>Nothing moves at the moment.</p>;
  return (
    <div className={styles.frame}>
      <table className={styles.table} aria-label="Top peers">
        <thead>
          <tr>
            <th scope="col">Peer</th>
            {several && (
              <th scope="col" className={styles.interface}>
                Interface
              </th>
            )}
            <th scope="col" className={styles.number}>
              Receive
            </th>
            <th scope="col" className={styles.number}>
              Transmit
            </th>
          </tr>
        </thead>
        <tbody>
          {paths.map((path) => (
            <TopPeer key={path} path={path} several={several} linkTo={linkTo} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TopPeer({ path, several, linkTo }: { path: PeerPath; several: boolean } & Props) {
  const peer = usePeer(path);
  if (!peer) return null;
  return (
    <tr>
      <th scope="row">
        <span className={styles.name}>
          <PresenceGlyph presence={peer.presence} />
          {linkTo(peer, peer.public_key)}
        </span>
      </th>
      {several && <td className={styles.interface}>{peer.interface}</td>}
      <td className={styles.number} data-column="rx_rate">
        <Rate direction="rx" bytesPerSecond={peer.rx_rate} />
      </td>
      <td className={styles.number} data-column="tx_rate">
        <Rate direction="tx" bytesPerSecond={peer.tx_rate} />
      </td>
    </tr>
  );
}

/** The same array as long as the same peers lead in the same order. */
function topPaths(store: StatusStore): () => readonly PeerPath[] {
  let last: readonly PeerPath[] = [];
  return () => {
    const speed = (peer: PeerStatus) => peer.rx_rate + peer.tx_rate;
    const next = store
      .movingPeers()
      .sort((a, b) => speed(b) - speed(a))
      .slice(0, SHOWN)
      .map((peer) => peer.path);
    if (next.length !== last.length || next.some((path, index) => path !== last[index])) last = next;
    return last;
  };
}
