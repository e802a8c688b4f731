import { type Bytes, secondsBetween } from "@/live/peer-rates";
import type { InterfaceFrame } from "@/live/status-frames";
import type { InterfacePath, InterfaceStatus, PeerPath, PeerStatus } from "@/live/status-types";
import { interfacePath } from "@/live/status-types";

/** One interface with its peers, and sums that are kept up to date peer by peer. */
export class InterfaceEntry {
  readonly path: InterfacePath;
  readonly peers = new Map<PeerPath, PeerStatus>();
  /** Peers whose rate is not 0. */
  readonly moving = new Set<PeerPath>();
  /** The clock from which the next rates are measured, and the bytes then of peers that have changed since. */
  #measuredFrom: number | null = null;
  readonly bytesThen = new Map<PeerPath, Bytes>();
  frame: InterfaceFrame;
  status: InterfaceStatus;
  #active = 0;
  #never = 0;
  #rxBytes = 0;
  #txBytes = 0;

  constructor(frame: InterfaceFrame) {
    this.frame = frame;
    this.path = interfacePath(frame.node, frame.name);
    this.status = this.#summarise();
  }

  put(peer: PeerStatus): void {
    const old = this.peers.get(peer.path);
    if (old) this.#count(old, -1);
    this.#count(peer, 1);
    this.peers.set(peer.path, peer);
    if (peer.rx_rate > 0 || peer.tx_rate > 0) this.moving.add(peer.path);
    else this.moving.delete(peer.path);
  }

  drop(path: PeerPath): void {
    const old = this.peers.get(path);
    if (!old) return;
    this.#count(old, -1);
    this.peers.delete(path);
    this.moving.delete(path);
    this.bytesThen.delete(path);
  }

  /**
   * Move on to the sample of the frame's clock; returns the seconds that its rates are measured over.
   *
   * Nothing is sent while nothing changes. So where no bytes wait to be measured the stretch begins at the
   * sample before this change, however long ago the last frame was.
   *
   * @param previousClock of the sample before; null where the frame does not say
   */
  sample(previousClock: number | null): number | null | "too few" {
    if (previousClock !== null && this.bytesThen.size === 0) this.#measuredFrom = previousClock;
    const seconds = secondsBetween(this.#measuredFrom, this.frame.clock);
    if (seconds !== "too few") this.#measuredFrom = this.frame.clock;
    return seconds;
  }

  /** Make the next immutable status from the frame and the sums. */
  refresh(): void {
    this.status = this.#summarise();
  }

  #count(peer: PeerStatus, sign: 1 | -1): void {
    if (peer.presence === "active") this.#active += sign;
    if (peer.presence === "never") this.#never += sign;
    this.#rxBytes += sign * peer.rx_bytes;
    this.#txBytes += sign * peer.tx_bytes;
  }

  #summarise(): InterfaceStatus {
    let [rxRate, txRate] = [0, 0];
    for (const path of this.moving) {
      rxRate += this.peers.get(path)?.rx_rate ?? 0;
      txRate += this.peers.get(path)?.tx_rate ?? 0;
    }
    return {
      ...this.frame,
      path: this.path,
      peers_total: this.peers.size,
      peers_active: this.#active,
      peers_never: this.#never,
      rx_bytes: this.#rxBytes,
      tx_bytes: this.#txBytes,
      rx_rate: rxRate,
      tx_rate: txRate,
    };
  }
}
