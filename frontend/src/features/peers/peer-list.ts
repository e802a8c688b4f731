import { NO_PEERS_KNOWN, type PeerBook } from "@/features/peers/peer-book";
import type { PeerFilter } from "@/features/peers/peer-filter";
import { type PeerSort, peerOrder } from "@/features/peers/peer-sort";
import type { Listener, Undo } from "@/lib/listeners";
import type { StatusStore } from "@/live/status-store";
import type { InterfacePath, PeerPath } from "@/live/status-types";

/** Frames come each second; a little less, so that each of them is still followed. */
const PACE_SECONDS = 0.9;

/** Which peers of an interface are shown, in which order; looked at again at most once a second. */
export class PeerList {
  readonly #store: StatusStore;
  readonly #path: InterfacePath;
  readonly #filter: PeerFilter;
  readonly #sort: PeerSort;
  readonly #book: PeerBook;
  readonly #now: () => number;
  #order: readonly PeerPath[] | null = null;
  #madeAt = Number.NEGATIVE_INFINITY;
  #dirty = false;

  /** @param now seconds of a clock that never steps */
  constructor(options: {
    store: StatusStore;
    path: InterfacePath;
    filter: PeerFilter;
    sort: PeerSort;
    book?: PeerBook;
    now: () => number;
  }) {
    this.#store = options.store;
    this.#path = options.path;
    this.#filter = options.filter;
    this.#sort = options.sort;
    this.#book = options.book ?? NO_PEERS_KNOWN;
    this.#now = options.now;
  }

  order = (): readonly PeerPath[] => {
    this.#order ??= this.#make();
    return this.#order;
  };

  subscribe = (listener: Listener): Undo => {
    const look = () => {
      if (this.#dirty && this.#now() - this.#madeAt >= PACE_SECONDS && this.#remake()) listener();
    };
    this.#dirty = true;
    const undo = [
      this.#store.onPeersOf(this.#path, () => {
        this.#dirty = true;
        look();
      }),
      this.#store.onTick(look),
    ];
    return () => {
      for (const stop of undo) stop();
    };
  };

  #remake(): boolean {
    const before = this.#order;
    const after = this.#make();
    const same = before?.length === after.length && before.every((path, index) => path === after[index]);
    if (!same) this.#order = after;
    return !same;
  }

  #make(): PeerPath[] {
    this.#dirty = false;
    this.#madeAt = this.#now();
    const running = this.#store.peersOf(this.#path);
    const peers = [...running.values(), ...this.#book.notRunning(running)].filter(this.#filter.matches);
    return peers.sort(peerOrder(this.#sort, this.#book)).map((peer) => peer.path);
  }
}
