import { type Listener, Listeners, type Undo } from "@/lib/listeners";
import { type Bytes, InterfaceEntry } from "@/live/interface-entry";
import { NodeRates } from "@/live/node-rates";
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
}

const ANY = "*";
const LINK = "link";
const TICK = "tick";
const SAMPLED = "sampled";
const peersTopic = (path: InterfacePath) => `${path}/`;

/** Newest status of everything that this reader may see; peers, interfaces and nodes are immutable objects. */
export class StatusStore {
  readonly #clock: ServerClock;
  readonly #listeners = new Listeners();
  readonly #entries = new Map<InterfacePath, InterfaceEntry>();
  readonly #nodes = new Map<string, NodeStatus>();
  readonly #nodeRates = new Map<string, NodeRates>();
  #located = new Map<number, Located>();
  #position: Position | null = null;
  #link: Link = "connecting";
  #interfaceList: readonly InterfaceStatus[] = [];
  #nodeList: readonly NodeStatus[] = [];
  #sampled: readonly InterfacePath[] = [];

  constructor(clock: ServerClock) {
    this.#clock = clock;
  }

  /** Where to resume; null before the first snapshot. */
  get position(): Position | null {
    return this.#position;
  }

  get link(): Link {
    return this.#link;
  }

  /** Interfaces of which the frame just applied gave rates. */
  get sampled(): readonly InterfacePath[] {
    return this.#sampled;
  }

  now = (): number => this.#clock.now();
  peer = (path: PeerPath): PeerStatus | undefined =>
    this.#entries.get(path.split("/", 2).join("/"))?.peers.get(path);
  interface = (path: InterfacePath): InterfaceStatus | undefined => this.#entries.get(path)?.status;
  node = (node: string): NodeStatus | undefined => this.#nodes.get(node);
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
  onSampled = (listener: Listener): Undo => this.#listeners.add(SAMPLED, listener);

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
    this.#finish(touched);
    this.#sampled = [...touched.seconds].flatMap(([entry, seconds]) =>
      seconds === null ? [] : [entry.path],
    );
    if (this.#sampled.length > 0) this.#listeners.wake(SAMPLED);
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
    if (touched.entries.size > 0) this.#finish(touched);
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

  #putInterface(change: InterfaceChange, touched: Touched): void {
    const path = interfacePath(change.node, change.name);
    const known = this.#entries.get(path);
    const frame: InterfaceFrame = { ...EMPTY_INTERFACE, ...known?.frame, ...change };
    const entry = known ?? new InterfaceEntry(frame);
    const seconds = secondsSince(entry.measuredFrom, frame.clock);
    if (frame.clock !== entry.measuredFrom && seconds !== "too few") {
      touched.seconds.set(entry, seconds);
      entry.measuredFrom = frame.clock;
    }
    entry.frame = frame;
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
      const measured = peer && rates(then.get(path) ?? peer, peer, seconds);
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

  #finish(touched: Touched): void {
    for (const entry of touched.entries) {
      entry.refresh();
      touched.topics.add(entry.path);
    }
    this.#interfaceList = [...this.#entries.values()].map((entry) => entry.status);
    this.#nodeList = [...this.#nodes.values()];
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

/** Samples that come sooner after one another say more of chance than of traffic. */
const SHORTEST_SECONDS = 0.5;

/** Seconds between two clocks; null where there is no telling, since one is missing or the clock began anew. */
function secondsSince(from: number | null, to: number | null): number | null | "too few" {
  if (from === null || to === null || to < from) return null;
  return (to - from) / 1000 < SHORTEST_SECONDS ? "too few" : (to - from) / 1000;
}

/** A counter that fell has restarted: there is no rate until the sample after it. */
function rates(then: Bytes, now: Bytes, seconds: number | null) {
  const fell = now.rx_bytes < then.rx_bytes || now.tx_bytes < then.tx_bytes;
  if (fell || seconds === null) return { rx_rate: 0, tx_rate: 0 };
  return {
    rx_rate: (now.rx_bytes - then.rx_bytes) / seconds,
    tx_rate: (now.tx_bytes - then.tx_bytes) / seconds,
  };
}
