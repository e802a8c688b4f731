import { type Listener, Listeners, type Undo } from "@/lib/listeners";
import { RateSeries } from "@/lib/rate-series";
import type { Rates } from "@/live/peer-rates";
import type { StatusStore } from "@/live/status-store";
import type { InterfacePath, InterfaceStatus, PeerPath } from "@/live/status-types";

export const HISTORY_SECONDS = 600;

/** Up to this many peers have their rates remembered all the time; beyond it, those that are looked at. */
const REMEMBERED_PEERS = 256;

const CHANGED = "changed";

/** Rates of the last ten minutes, in memory, from the frames as they come. */
export class StatusHistory {
  readonly total = new RateSeries(HISTORY_SECONDS);
  readonly #store: StatusStore;
  readonly #listeners = new Listeners();
  readonly #interfaces = new Map<InterfacePath, RateSeries>();
  readonly #peers = new Map<PeerPath, RateSeries>();
  readonly #watchers = new Map<PeerPath, number>();

  constructor(store: StatusStore) {
    this.#store = store;
  }

  /** Follow the store until undone. */
  follow(): Undo {
    const told = (remember: () => void) => () => {
      remember();
      this.#listeners.wake(CHANGED);
    };
    const undo = [
      this.#store.onFrame(told(() => this.#record())),
      this.#store.onTick(told(() => this.#fill())),
    ];
    return () => {
      for (const stop of undo) stop();
    };
  }

  /** There may be new points, with each frame and each second; they are those of the store at that moment. */
  onChange = (listener: Listener): Undo => this.#listeners.add(CHANGED, listener);

  interface(path: InterfacePath): RateSeries {
    return this.#series(this.#interfaces, path);
  }

  peer(path: PeerPath): RateSeries {
    return this.#series(this.#peers, path);
  }

  /** Remember this peer's rates from now on, however many peers there are. */
  watchPeer(path: PeerPath): Undo {
    this.#watchers.set(path, (this.#watchers.get(path) ?? 0) + 1);
    return () => {
      const left = (this.#watchers.get(path) ?? 1) - 1;
      if (left > 0) this.#watchers.set(path, left);
      else this.#watchers.delete(path);
    };
  }

  #record(): void {
    const now = this.#store.now();
    const { sampled } = this.#store;
    if (sampled === null) {
      this.#gapAll(now);
      return;
    }
    for (const path of sampled) {
      const iface = this.#store.interface(path);
      if (iface) this.#push(iface, now);
    }
    if (sampled.length > 0 || this.#movedOn()) this.#pushTotal(now);
  }

  /** Whether the sums are not those of the last point any more: somebody who moved is gone. */
  #movedOn(): boolean {
    const rx = this.total.rx.at(-1);
    const { rx_rate, tx_rate } = this.#sums();
    return rx != null && (rx !== rx_rate || this.total.tx.at(-1) !== tx_rate);
  }

  #push(iface: InterfaceStatus, now: number): void {
    this.interface(iface.path).push(now, iface.rx_rate, iface.tx_rate);
    const prefix = `${iface.path}/`;
    for (const path of this.#remembered(iface.path)) {
      const peer = path.startsWith(prefix) ? this.#store.peer(path) : undefined;
      if (peer) this.peer(path).push(now, peer.rx_rate, peer.tx_rate);
    }
  }

  #remembered(path: InterfacePath): Iterable<PeerPath> {
    const peers = this.#store.peersOf(path);
    if (peers.size <= REMEMBERED_PEERS) return peers.keys();
    for (const known of this.#peers.keys()) if (!this.#watchers.has(known)) this.#peers.delete(known);
    return this.#watchers.keys();
  }

  #pushTotal(now: number): void {
    const { rx_rate, tx_rate } = this.#sums();
    this.total.push(now, rx_rate, tx_rate);
  }

  #sums(): Rates {
    const interfaces = this.#store.interfaces();
    return {
      rx_rate: interfaces.reduce((sum, iface) => sum + iface.rx_rate, 0),
      tx_rate: interfaces.reduce((sum, iface) => sum + iface.tx_rate, 0),
    };
  }

  /** Between frames: what is quiet goes on as it is, what is not known any more is a gap. */
  #fill(): void {
    const now = this.#store.now();
    let anyLive = false;
    for (const iface of this.#store.interfaces()) {
      const pace = this.#livePace(iface);
      anyLive ||= pace !== null;
      const series = this.interface(iface.path);
      if (pace !== null) {
        if (now - series.lastAt > pace * 1.5 + 1) this.#push(iface, now);
      } else this.#gap(iface.path, now);
    }
    for (const path of this.#interfaces.keys()) if (!this.#store.interface(path)) this.#gap(path, now);
    if (!anyLive) this.total.gap(now);
    else if (now - this.total.lastAt > 2.5) this.#pushTotal(now);
  }

  #gapAll(now: number): void {
    for (const series of [this.total, ...this.#interfaces.values(), ...this.#peers.values()]) series.gap(now);
  }

  #gap(path: InterfacePath, now: number): void {
    this.interface(path).gap(now);
    for (const [peer, series] of this.#peers) if (peer.startsWith(`${path}/`)) series.gap(now);
  }

  #livePace(iface: InterfaceStatus): number | null {
    const node = this.#store.node(iface.node);
    const live = this.#store.link === "open" && this.#store.isFresh(iface.node) && iface.error === null;
    return live && node ? node.sample_seconds : null;
  }

  #series(map: Map<string, RateSeries>, path: string): RateSeries {
    const series = map.get(path) ?? new RateSeries(HISTORY_SECONDS);
    map.set(path, series);
    return series;
  }
}
