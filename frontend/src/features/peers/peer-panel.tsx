import { lazy, type ReactNode, Suspense, useEffect, useRef } from "react";
import type { HandedOut } from "@/features/peers/handed-out";
import { usePeerBook } from "@/features/peers/peer-book-context";
import { PeerDocument } from "@/features/peers/peer-document";
import styles from "@/features/peers/peer-panel.module.css";
import { formatBytes, formatMoment, formatRate } from "@/lib/format";
import { Age } from "@/live/age";
import { useLive } from "@/live/live-context";
import type { PeerPath, PeerStatus } from "@/live/status-types";
import { usePeer } from "@/live/use-status";
import { CopyButton } from "@/ui/copy-button";
import { IconButton } from "@/ui/icon-button";
import { isolate } from "@/ui/isolate";
import { PresenceGlyph } from "@/ui/presence";

const RateChart = lazy(() => import("@/ui/rate-chart").then((module) => ({ default: module.RateChart })));

/** As in the style sheet: on a phone there is no list beside it. */
const COVERS_THE_PAGE = "(max-width: 700px)";

type Props = {
  path: PeerPath;
  onClose: () => void;
  /** The peer has a new config file, and is found under another public key. */
  onRekeyed: (handedOut: HandedOut) => void;
};

/** Everything that is known of one peer, beside the list that it was chosen from. */
export function PeerPanel({ path, onClose, onRekeyed }: Props) {
  const book = usePeerBook();
  const peer = usePeer(path) ?? book.absent(path);
  const panel = useRef<HTMLDivElement>(null);
  const publicKey = path.split("/").slice(2).join("/");
  const document = book.documents.get(publicKey);
  const name = document?.name ?? null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another peer is another panel
  useEffect(() => {
    panel.current?.focus({ preventScroll: true });
  }, [path]);
  useEffect(() => {
    if (panel.current && matchMedia(COVERS_THE_PAGE).matches) return isolate(panel.current);
  }, []);
  return (
    <div
      ref={panel}
      role="dialog"
      aria-label={`Peer ${name ?? publicKey}`}
      tabIndex={-1}
      className={styles.panel}
    >
      <header className={styles.head}>
        {peer && <PresenceGlyph presence={peer.presence} />}
        <h2 className={name ? styles.named : styles.title} title={publicKey}>
          {name ?? publicKey}
        </h2>
        <CopyButton value={publicKey} label="Copy public key" />
        <IconButton icon="close" label="Close panel" onClick={onClose} />
      </header>
      {document && <PeerDocument key={document.id} peer={document} onRekeyed={onRekeyed} />}
      {peer ? <PeerDetails peer={peer} /> : <Gone />}
    </div>
  );
}

function Gone() {
  return (
    <p className={styles.gone}>
      This interface has no peer with this key now. It was removed, or the address of this page is wrong.
    </p>
  );
}

function PeerDetails({ peer }: { peer: PeerStatus }) {
  return (
    <div className={styles.body}>
      <PeerChart path={peer.path} />
      <dl className={styles.fields}>
        <Field name="Presence">
          {peer.presence}
          {peer.presence === "idle" && <span className={styles.note}>no handshake for 180 s</span>}
          {peer.presence === "disabled" && <span className={styles.note}>not on the interface</span>}
          {peer.presence === "never" && <span className={styles.note}>no handshake yet</span>}
        </Field>
        <Field name="Public key" copy={peer.public_key} mono>
          {peer.public_key}
        </Field>
        <Field name="Preshared key">{peer.has_preshared_key ? "(hidden)" : "(none)"}</Field>
        <Field
          name="Endpoint"
          {...(peer.endpoint ? { copy: peer.endpoint } : null)}
          mono={peer.endpoint !== null}
        >
          {peer.endpoint ?? "not heard from yet"}
        </Field>
        <Field
          name="Allowed IPs"
          {...(peer.allowed_ips.length > 0 ? { copy: peer.allowed_ips.join(", ") } : null)}
        >
          {peer.allowed_ips.length === 0 ? (
            "(none)"
          ) : (
            <ul className={styles.addresses}>
              {peer.allowed_ips.map((prefix) => (
                <li key={prefix}>{prefix}</li>
              ))}
            </ul>
          )}
        </Field>
        <Field name="Latest handshake">
          {peer.latest_handshake === 0 ? (
            "never"
          ) : (
            <>
              <Age at={peer.latest_handshake} suffix=" ago" />
              <span className={styles.note}>{formatMoment(peer.latest_handshake)}</span>
            </>
          )}
        </Field>
        <Field name="Receive">
          <span className={styles.rx}>{formatRate(peer.rx_rate)}</span>
          <span className={styles.note}>{formatBytes(peer.rx_bytes)} received</span>
        </Field>
        <Field name="Transmit">
          <span className={styles.tx}>{formatRate(peer.tx_rate)}</span>
          <span className={styles.note}>{formatBytes(peer.tx_bytes)} sent</span>
        </Field>
        <Field name="Persistent keepalive">
          {peer.persistent_keepalive ? `every ${peer.persistent_keepalive} seconds` : "off"}
        </Field>
        <Field name="Interface">
          {peer.interface} on {peer.node}
        </Field>
      </dl>
    </div>
  );
}

function PeerChart({ path }: { path: PeerPath }) {
  const { store, history } = useLive();
  useEffect(() => history.watchPeer(path), [history, path]);
  return (
    <div className={styles.chart}>
      <Suspense>
        <RateChart
          label="Traffic of this peer"
          points={history.peer(path)}
          onChange={history.onChange}
          now={store.now}
          height={150}
        />
      </Suspense>
    </div>
  );
}

function Field(props: { name: string; copy?: string; mono?: boolean; children: ReactNode }) {
  return (
    <div className={styles.field} data-field={props.name.toLowerCase()}>
      <dt>{props.name}</dt>
      <dd className={props.mono ? styles.mono : undefined}>
        <span className={styles.value}>{props.children}</span>
        {props.copy && <CopyButton value={props.copy} label={`Copy ${props.name.toLowerCase()}`} />}
      </dd>
    </div>
  );
}
