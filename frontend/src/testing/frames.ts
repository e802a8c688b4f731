import type {
  DiffFrame,
  InterfaceFrame,
  NodeFrame,
  PeerFrame,
  SnapshotFrame,
  SystemStatus,
} from "@/live/status-frames";

/** The server's time in every frame that does not say another. */
export const AT = 1_790_000_000;

export function systemStatus(fields: Partial<SystemStatus> = {}): SystemStatus {
  return {
    hostname: "gw",
    os: "Linux",
    platform: "Debian GNU/Linux 12 (bookworm)",
    arch: "x86_64",
    kernel_version: "6.1.0",
    cpu_count: 2,
    cpu_percent: 3.1,
    memory_total: 8 * 2 ** 30,
    memory_used: 2 ** 30,
    memory_percent: 12.5,
    disk_total: 2 ** 40,
    disk_used: 2 ** 38,
    disk_percent: 25,
    load_average: [0.1, 0.2, 0.3],
    uptime: 12_345,
    net_bytes_sent: 1000,
    net_bytes_recv: 2000,
    ...fields,
  };
}

export function nodeFrame(fields: Partial<NodeFrame> = {}): NodeFrame {
  return {
    node: "local",
    online: true,
    sampled_at: AT,
    sample_seconds: 1,
    system: systemStatus(),
    ...fields,
  };
}

export function interfaceFrame(fields: Partial<InterfaceFrame> = {}): InterfaceFrame {
  return {
    node: "local",
    name: "wg0",
    driver: "uapi",
    public_key: "aW50ZXJmYWNl=",
    listen_port: 51820,
    fwmark: 0,
    up: true,
    error: null,
    clock: 1000,
    ...fields,
  };
}

export function peerFrame(id: number, fields: Partial<PeerFrame> = {}): PeerFrame {
  return {
    id,
    node: "local",
    interface: "wg0",
    public_key: `key${String(id).padStart(5, "0")}=`,
    endpoint: `192.0.2.${id % 256}:51820`,
    allowed_ips: [`10.0.${id >> 8}.${id % 256}/32`],
    latest_handshake: AT - 10,
    rx_bytes: 0,
    tx_bytes: 0,
    persistent_keepalive: 25,
    has_preshared_key: false,
    ...fields,
  };
}

export function snapshot(fields: Partial<SnapshotFrame> = {}): SnapshotFrame {
  return {
    type: "snapshot",
    epoch: "e1",
    sequence: 1,
    reset: true,
    at: AT,
    nodes: [nodeFrame()],
    interfaces: [interfaceFrame()],
    peers: [peerFrame(0), peerFrame(1)],
    ...fields,
  };
}

/** The diff that follows frame `sequence - 1`. */
export function diff(sequence: number, fields: Partial<DiffFrame> = {}): DiffFrame {
  return { type: "diff", epoch: "e1", sequence, since: sequence - 1, at: AT + sequence - 1, ...fields };
}
