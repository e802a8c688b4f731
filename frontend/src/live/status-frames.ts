/** The frames of the status stream, as docs/stream.md says. Times in Unix seconds, `clock` in milliseconds. */

export type SystemStatus = Readonly<{
  hostname: string;
  os: string;
  platform: string;
  arch: string;
  kernel_version: string;
  cpu_count: number;
  cpu_percent: number;
  memory_total: number;
  memory_used: number;
  memory_percent: number;
  disk_total: number;
  disk_used: number;
  disk_percent: number;
  load_average: readonly number[] | null;
  uptime: number;
  net_bytes_sent: number;
  net_bytes_recv: number;
}>;

export type NodeFrame = Readonly<{
  node: string;
  online: boolean;
  sampled_at: number;
  sample_seconds: number;
  system?: SystemStatus | null;
}>;

export type InterfaceFrame = Readonly<{
  node: string;
  name: string;
  driver: string | null;
  public_key: string | null;
  listen_port: number | null;
  fwmark: number | null;
  up: boolean;
  error: string | null;
  clock: number | null;
}>;

/**
 * An interface in a diff: whole, or just the clock of its newest sample. `previous_clock` is that of the
 * sample before the first change that the frame tells.
 */
export type InterfaceChange = Readonly<
  Partial<InterfaceFrame> & { node: string; name: string; previous_clock?: number | null }
>;

export type PeerFrame = Readonly<{
  id: number;
  node: string;
  interface: string;
  public_key: string;
  endpoint: string | null;
  allowed_ips: readonly string[];
  latest_handshake: number;
  rx_bytes: number;
  tx_bytes: number;
  persistent_keepalive: number | null;
  has_preshared_key: boolean;
}>;

export type PeerFields = Readonly<Partial<Omit<PeerFrame, "id" | "node" | "interface" | "public_key">>>;

/** id, rx_bytes, tx_bytes, and other fields where they changed. */
export type PeerChange = readonly [number, number, number, PeerFields?];

export type SnapshotFrame = Readonly<{
  type: "snapshot";
  epoch: string;
  sequence: number;
  reset?: boolean;
  at: number;
  nodes: readonly NodeFrame[];
  interfaces: readonly InterfaceFrame[];
  peers: readonly PeerFrame[];
}>;

export type DiffFrame = Readonly<{
  type: "diff";
  epoch: string;
  sequence: number;
  since: number;
  at: number;
  removed?: readonly number[];
  removed_interfaces?: readonly (readonly [string, string])[];
  removed_nodes?: readonly string[];
  nodes?: readonly NodeFrame[];
  interfaces?: readonly InterfaceChange[];
  added?: readonly PeerFrame[];
  peers?: readonly PeerChange[];
}>;

export type StatusFrame = SnapshotFrame | DiffFrame;
export type ServerFrame = StatusFrame | Readonly<{ type: "heartbeat" }>;
