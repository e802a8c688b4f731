import { useState } from "react";
import { ConfigFileLink } from "@/features/peers/config-file-link";
import { FirstHandshake } from "@/features/peers/hand-out";
import styles from "@/features/peers/hand-out.module.css";
import type { Peer } from "@/features/peers/peer-documents";
import { configFileName } from "@/lib/config-file";
import { peerPath } from "@/live/status-types";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";

type Props = {
  peer: Peer;
  node: string;
  interfaceName: string;
  /** Why it is decided and does not run yet; null where it runs. */
  reason: string | null;
  onClose: () => void;
};

/** The config file of a peer whose private key the server has: it can be fetched again at any time. */
export function KeptFile({ peer, node, interfaceName, reason, onClose }: Props) {
  const [failed, setFailed] = useState(false);
  return (
    <div className={styles.columns}>
      {failed ? (
        <p>There is no QR code of this file. Download it instead.</p>
      ) : (
        <img
          className={styles.picture}
          src={`/api/v1/peers/${peer.id}/config.png`}
          alt={`QR code of the config file of ${peer.name}`}
          onError={() => setFailed(true)}
        />
      )}
      <div className={styles.beside}>
        <p>
          Scan it with the WireGuard app, or import the file. The server keeps the private key, encrypted: the
          file can be downloaded again from the panel of this peer.
        </p>
        <Actions>
          <ConfigFileLink peer={peer} look="main">
            Download {configFileName(peer.name)}
          </ConfigFileLink>
        </Actions>
        {reason && <Notice title={`Decided, but it does not run yet: ${reason}`} />}
        <FirstHandshake path={peerPath(node, interfaceName, peer.public_key)} />
        <Actions>
          <Button onClick={onClose}>Done</Button>
        </Actions>
      </div>
    </div>
  );
}
