import { useEffect, useState } from "react";
import styles from "@/features/peers/hand-out.module.css";
import type { HandedOut } from "@/features/peers/handed-out";
import { configFileName } from "@/lib/config-file";
import { download } from "@/lib/download";
import { useLive } from "@/live/live-context";
import { peerPath } from "@/live/status-types";
import { usePeer } from "@/live/use-status";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { Fold } from "@/ui/fold";
import { Notice } from "@/ui/notice";
import { PresenceGlyph } from "@/ui/presence";
import { QrCode } from "@/ui/qr-code";

type Props = { handedOut: HandedOut; node: string; interfaceName: string; onClose: () => void };

/** A config file, shown this once, and word of the first handshake with it. */
export function HandOut({ handedOut, node, interfaceName, onClose }: Props) {
  const { peer, text, reason } = handedOut;
  const file = configFileName(peer.name);
  return (
    <div className={styles.columns}>
      <QrCode text={text} label={`QR code of the config file of ${peer.name}`} />
      <div className={styles.beside}>
        <p>
          Scan it with the WireGuard app, or import the file. It is shown this once: the private key was made
          in this browser and is kept nowhere else.
        </p>
        <Actions>
          <Button look="main" onClick={() => download(file, text, "text/plain")}>
            Download {file}
          </Button>
          <CopyButton value={text} label="Copy config file" />
        </Actions>
        {reason && <Notice title={`Decided, but it does not run yet: ${reason}`} />}
        <FirstHandshake path={peerPath(node, interfaceName, peer.public_key)} />
        <Fold summary="Show the file">
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and is scrolled by keys as well */}
          <pre className={styles.text} tabIndex={0}>
            {text}
          </pre>
        </Fold>
        <Actions>
          <Button onClick={onClose}>Done</Button>
        </Actions>
      </div>
    </div>
  );
}

/** Waits for a peer and turns green when it is there. */
export function FirstHandshake({ path }: { path: string }) {
  const peer = usePeer(path);
  const { store } = useLive();
  const [since] = useState(() => store.now());
  const handshake = peer?.latest_handshake ?? 0;
  const connected = handshake > 0;
  const [took, setTook] = useState<number | null>(null);
  useEffect(() => {
    if (connected) setTook((before) => before ?? Math.max(0, Math.round(handshake - since)));
  }, [connected, handshake, since]);
  return (
    <p className={connected ? styles.connected : styles.waiting} role="status" data-connected={connected}>
      <PresenceGlyph presence={connected ? "active" : "never"} />
      {connected ? (
        <>
          Connected{peer?.endpoint ? ` from ${peer.endpoint}` : ""}
          {took !== null && took > 0 ? `, after ${took} s` : ""}
        </>
      ) : (
        "Waiting for the first handshake"
      )}
    </p>
  );
}
