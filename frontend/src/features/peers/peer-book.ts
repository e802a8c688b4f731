import type { Peer, PeerDocuments } from "@/features/peers/peer-documents";
import type { InterfacePath, PeerPath, PeerStatus } from "@/live/status-types";

/** What people know of the peers of an interface, beside what runs: names, tags, and those that do not run. */
export class PeerBook {
  readonly documents: PeerDocuments;
  readonly #path: InterfacePath;
  readonly #absent = new Map<PeerPath, PeerStatus>();

  constructor(path: InterfacePath, documents: PeerDocuments) {
    this.#path = path;
    this.documents = documents;
  }

  get node(): string {
    return this.#path.split("/")[0] ?? "";
  }

  get interfaceName(): string {
    return this.#path.split("/")[1] ?? "";
  }

  /** The name of a peer; null for one that nobody has named. */
  name(publicKey: string): string | null {
    return this.documents.get(publicKey)?.name ?? null;
  }

  /** What a peer is called and sorted by. */
  label(publicKey: string): string {
    return this.name(publicKey) ?? publicKey;
  }

  tags(publicKey: string): readonly string[] {
    return this.documents.get(publicKey)?.tags ?? [];
  }

  has(path: PeerPath): boolean {
    return this.documents.has(path.split("/").slice(2).join("/"));
  }

  /** The peers that are decided and not on the interface: disabled ones, and those that wait for it. */
  notRunning(running: ReadonlyMap<PeerPath, PeerStatus>): PeerStatus[] {
    const found: PeerStatus[] = [];
    for (const peer of this.documents.values()) {
      const path = `${this.#path}/${peer.public_key}`;
      if (!running.has(path)) found.push(this.#statusOf(path, peer));
    }
    return found;
  }

  /** What is shown of a peer that is decided and not on the interface. */
  absent(path: PeerPath): PeerStatus | undefined {
    const peer = this.documents.get(path.split("/").slice(2).join("/"));
    return peer && this.#statusOf(path, peer);
  }

  #statusOf(path: PeerPath, peer: Peer): PeerStatus {
    const known = this.#absent.get(path);
    if (known) return known;
    const [node = "", iface = ""] = path.split("/");
    const status: PeerStatus = {
      path,
      node,
      interface: iface,
      public_key: peer.public_key,
      endpoint: null,
      allowed_ips: [...peer.addresses, ...peer.routes],
      latest_handshake: 0,
      rx_bytes: 0,
      tx_bytes: 0,
      rx_rate: 0,
      tx_rate: 0,
      persistent_keepalive: peer.persistent_keepalive,
      has_preshared_key: peer.has_preshared_key,
      presence: peer.enabled ? "never" : "disabled",
    };
    this.#absent.set(path, status);
    return status;
  }
}

export const NO_PEERS_KNOWN = new PeerBook("", new Map());
