import { type Listener, Listeners, type Undo } from "@/lib/listeners";
import { InterfaceEntry } from "@/live/interface-entry";
import { isOverdue } from "@/live/node-freshness";
import { NodeRates } from "@/live/node-rates";
import { ratesBetween } from "@/live/peer-rates";
import { presenceAt } from "@/live/presence";
import type { ServerClock } from "@/live/server-clock";
import type {
  DiffFrame,
  InterfaceChange,
  InterfaceFrame,
  NodeFrame,
  PeerChange,
  PeerFrame,
  SnapshotFrame,
  StatusFrame,
} from "@/live/status-frames";
import type {
  InterfacePath,
  InterfaceStatus,
  Link,
  NodeStatus,
  PeerPath,
  PeerStatus,
} from "@/live/status-types";
import { interfacePath, peerPath } from "@/live/status-types";

export type Position = Readonly<{ epoch: string; sequence: number }>;

type Located = Readonly<{ entry: InterfaceEntry; path: PeerPath }>;

/** What one frame touched, to be told once when the whole frame is in. */
class Touched {
  readonly topics = new Set<string>();
  readonly entries = new Set<InterfaceEntry>();
  /** Seconds since the sample before, of interfaces with a new one; null where there was none before. */
  readonly seconds = new Map<InterfaceEntry, number | null>();

  /** Interfaces with rates from this frame. */
  sampled(): readonly InterfacePath[] {
    return [...this.seconds].flatMap(([entry, seconds]) => (seconds === null ? [] : [entry.path]));
  }
}

const ANY = "*";
const LINK = "link";
const TICK = "tick";
const FRAME = "frame";
const peersTopic = (path: InterfacePath) => `${path}/`;

/** Newest status of everything that this reader may see; peers, interfaces and nodes are immutable objects. */
export class StatusStore {
  readonly #clock: ServerClock;
  readonly #listeners = new Listeners();
  readonly #entries = new Map<InterfacePath, InterfaceEntry>();
  readonly #nodes = new Map<string, NodeStatus>();
  readonly #nodeRates = new Map<string, NodeRates>();
  /** When a frame last told of a node, by this page's own monotonic clock. */
  readonly #heardAt = new Map<string, number>();
  readonly #monotonic: () => number;
  #located = new Map<number, Located>();
  #position: Position | null = null;
  #link: Link = "connecting";
  #interfaceList: readonly InterfaceStatus[] = [];
  #nodeList: readonly NodeStatus[] = [];
  #sampled: readonly InterfacePath[] | null = null;

  /** @param monotonic seconds of a clock of this page that is never set */
  constructor(clock: ServerClock, monotonic: () => number) {
    this.#clock = clock;
    this.#monotonic = monotonic;
  }

  /** Where to resume; null before the first snapshot. */
  get position(): Position | null {
    return this.#position;
  }

  get link(): Link {
    return this.#link;
  }

  /** Interfaces of which the frame just applied gave rates; null after a snapshot, which begins anew. */
  get sampled(): readonly InterfacePath[] | null {
    return this.#sampled;
  }

  now = (): number => this.#clock.now();
  peer = (path: PeerPath): PeerStatus | undefined =>
    this.#entries.get(path.split("/", 2).join("/"))?.peers.get(path);
  interface = (path: InterfacePath): InterfaceStatus | undefined => this.#entries.get(path)?.status;
  node = (node: string): NodeStatus | undefined => this.#nodes.get(node);
  /** Whether a node is online and frames still tell of it; a server that hangs sends nothing to say otherwise. */
  isFresh = (name: string): boolean => {
    const node = this.#nodes.get(name);
    const heardSeconds = this.#monotonic() - (this.#heardAt.get(name) ?? 0);
    return node?.online === true && !isOverdue(node.sample_seconds, heardSeconds);
  };
  interfaces = (): readonly InterfaceStatus[] => this.#interfaceList;
  nodes = (): readonly NodeStatus[] => this.#nodeList;
  peersOf = (path: InterfacePath): ReadonlyMap<PeerPath, PeerStatus> =>
    this.#entries.get(path)?.peers ?? new Map();

  /** Peers of every interface whose rate is not 0. */
  movingPeers(): PeerStatus[] {
    const found: PeerStatus[] = [];
    for (const entry of this.#entries.values())
      for (const path of entry.moving) {
        const peer = entry.peers.get(path);
        if (peer) found.push(peer);
      }
    return found;
  }

  onPeer = (path: PeerPath, listener: Listener): Undo => this.#listeners.add(path, listener);
  onPeersOf = (path: InterfacePath, listener: Listener): Undo =>
    this.#listeners.add(peersTopic(path), listener);
  onInterface = (path: InterfacePath, listener: Listener): Undo => this.#listeners.add(path, listener);
  onNode = (node: string, listener: Listener): Undo => this.#listeners.add(node, listener);
  /** Any frame, and any change that time alone made. */
  onAny = (listener: Listener): Undo => this.#listeners.add(ANY, listener);
  onLink = (listener: Listener): Undo => this.#listeners.add(LINK, listener);
  /** Each second, after presence was looked at again. */
  onTick = (listener: Listener): Undo => this.#listeners.add(TICK, listener);
  /** Each frame once it is in, before those are woken who show it. */
  onFrame = (listener: Listener): Undo => this.#listeners.add(FRAME, listener);

  setLink(link: Link): void {
    if (link === this.#link) return;
    this.#link = link;
    this.#listeners.wake(LINK);
  }

  /** Take a frame in; false where frames were lost before it, and then nothing changed. */
  apply(frame: StatusFrame): boolean {
    if (frame.type === "diff" && !this.#follows(frame)) return false;
    this.#clock.learn(frame.at);
    const touched = new Touched();
    if (frame.type === "snapshot") this.#replace(frame, touched);
    else this.#merge(frame, touched);
    this.#position = { epoch: frame.epoch, sequence: frame.sequence };
    this.#refresh(touched);
    this.#sampled = frame.type === "snapshot" ? null : touched.sampled();
    this.#listeners.wake(FRAME);
    this.#wake(touched);
    return true;
  }

  /** Look at presence again: a handshake ages without any frame. */
  tick(): void {
    const now = this.now();
    const touched = new Touched();
    for (const entry of this.#entries.values())
      for (const peer of entry.peers.values()) {
        const presence = presenceAt(peer.latest_handshake, now);
        if (presence !== peer.presence) this.#put(entry, { ...peer, presence }, touched);
      }
    if (touched.entries.size > 0) {
      this.#refresh(touched);
      this.#wake(touched);
    }
    this.#listeners.wake(TICK);
  }

  #follows(frame: DiffFrame): boolean {
    return this.#position?.epoch === frame.epoch && this.#position.sequence === frame.since;
  }

  #replace(frame: SnapshotFrame, touched: Touched): void {
    const before = new Map(this.#entries);
    for (const node of this.#nodes.keys()) touched.topics.add(node);
    for (const entry of before.values()) {
      touched.topics.add(entry.path).add(peersTopic(entry.path));
      for (const path of entry.peers.keys()) touched.topics.add(path);
    }
    this.#entries.clear();
    this.#nodes.clear();
    this.#nodeRates.clear();
    this.#heardAt.clear();
    this.#located = new Map();
    for (const iface of frame.interfaces) this.#putInterface(iface, touched);
    for (const node of frame.nodes) this.#putNode(node, frame.interfaces, touched);
    for (const peer of frame.peers) this.#addPeer(peer, touched);
  }

  #merge(frame: DiffFrame, touched: Touched): void {
    for (const id of frame.removed ?? []) this.#removePeer(id, touched);
    for (const [node, name] of frame.removed_interfaces ?? []) this.#removeInterface(node, name, touched);
    for (const node of frame.removed_nodes ?? []) {
      this.#nodes.delete(node);
      this.#nodeRates.delete(node);
      this.#heardAt.delete(node);
      touched.topics.add(node);
    }
    for (const node of frame.nodes ?? []) this.#putNode(node, frame.interfaces ?? [], touched);
    for (const iface of frame.interfaces ?? []) this.#putInterface(iface, touched);
    for (const peer of frame.added ?? []) this.#addPeer(peer, touched);
    for (const change of frame.peers ?? []) this.#changePeer(change, touched);
    for (const [entry, seconds] of touched.seconds) this.#measure(entry, seconds, touched);
  }

  #putNode(frame: NodeFrame, interfaces: readonly InterfaceChange[], touched: Touched): void {
    const { node, online, sampled_at, sample_seconds } = frame;
    this.#heardAt.set(node, this.#monotonic());
    const old = this.#nodes.get(node);
    let rates = { net_rx_rate: old?.net_rx_rate ?? null, net_tx_rate: old?.net_tx_rate ?? null };
    if (frame.system) {
      const clock = interfaces.find((iface) => iface.node === node && iface.clock)?.clock ?? null;
      const nodeRates = this.#nodeRates.get(node) ?? new NodeRates();
      this.#nodeRates.set(node, nodeRates);
      rates = nodeRates.next(frame.system, sampled_at, clock);
    }
    const system = frame.system === undefined ? (old?.system ?? null) : frame.system;
    this.#nodes.set(node, { node, online, sampled_at, sample_seconds, system, ...rates });
    touched.topics.add(node);
  }

  #putInterface({ previous_clock, ...change }: InterfaceChange, touched: Touched): void {
    const path = interfacePath(change.node, change.name);
    const known = this.#entries.get(path);
    const frame: InterfaceFrame = { ...EMPTY_INTERFACE, ...known?.frame, ...change };
    const entry = known ?? new InterfaceEntry(frame);
    const isSample = frame.clock !== (known?.frame.clock ?? null);
    entry.frame = frame;
    if (isSample) {
      const seconds = entry.sample(previous_clock ?? null);
      if (seconds !== "too few") touched.seconds.set(entry, seconds);
    }
    this.#entries.set(path, entry);
    touched.entries.add(entry);
  }

  #addPeer(frame: PeerFrame, touched: Touched): void {
    const entry = this.#entries.get(interfacePath(frame.node, frame.interface));
    if (!entry) return;
    const { id, ...fields } = frame;
    const path = peerPath(frame.node, frame.interface, frame.public_key);
    this.#located.set(id, { entry, path });
    const presence = presenceAt(fields.latest_handshake, this.now());
    this.#put(entry, { ...fields, path, presence, rx_rate: 0, tx_rate: 0 }, touched);
  }

  #changePeer([id, rxBytes, txBytes, fields]: PeerChange, touched: Touched): void {
    const located = this.#located.get(id);
    const old = located?.entry.peers.get(located.path);
    if (!located || !old) return;
    const { bytesThen } = located.entry;
    if (!bytesThen.has(located.path)) bytesThen.set(located.path, old);
    const handshake = fields?.latest_handshake ?? old.latest_handshake;
    this.#put(
      located.entry,
      {
        ...old,
        ...fields,
        rx_bytes: rxBytes,
        tx_bytes: txBytes,
        presence: presenceAt(handshake, this.now()),
      },
      touched,
    );
  }

  /** New rates for who moved since the clock of the last ones; who moved before and not since stands still. */
  #measure(entry: InterfaceEntry, seconds: number | null, touched: Touched): void {
    const then = new Map(entry.bytesThen);
    entry.bytesThen.clear();
    for (const path of new Set([...entry.moving, ...then.keys()])) {
      const peer = entry.peers.get(path);
      const measured = peer && ratesBetween(then.get(path) ?? peer, peer, seconds);
      if (measured && (measured.rx_rate !== peer.rx_rate || measured.tx_rate !== peer.tx_rate))
        this.#put(entry, { ...peer, ...measured }, touched);
    }
  }

  #put(entry: InterfaceEntry, peer: PeerStatus, touched: Touched): void {
    entry.put(peer);
    touched.entries.add(entry);
    touched.topics.add(peer.path).add(peersTopic(entry.path));
  }

  #removePeer(id: number, touched: Touched): void {
    const located = this.#located.get(id);
    if (!located) return;
    this.#located.delete(id);
    located.entry.drop(located.path);
    touched.entries.add(located.entry);
    touched.topics.add(located.path).add(peersTopic(located.entry.path));
  }

  #removeInterface(node: string, name: string, touched: Touched): void {
    const path = interfacePath(node, name);
    const entry = this.#entries.get(path);
    if (!entry) return;
    this.#entries.delete(path);
    touched.topics.add(path).add(peersTopic(path));
    for (const peer of entry.peers.keys()) touched.topics.add(peer);
  }

  #refresh(touched: Touched): void {
    for (const entry of touched.entries) {
      entry.refresh();
      touched.topics.add(entry.path);
    }
    this.#interfaceList = [...this.#entries.values()].map((entry) => entry.status);
    this.#nodeList = [...this.#nodes.values()];
  }

  #wake(touched: Touched): void {
    this.#listeners.wakeAll(touched.topics);
    this.#listeners.wake(ANY);
  }
}

const EMPTY_INTERFACE = {
  driver: null,
  public_key: null,
  listen_port: null,
  fwmark: null,
  up: false,
  error: null,
  clock: null,
} as const;
