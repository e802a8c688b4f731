import type { PeerPresence } from "@/live/presence";
import type { InterfaceFrame, PeerFrame, SystemStatus } from "@/live/status-frames";

/** `local/wg0` */
export type InterfacePath = string;
/** `local/wg0/PUBLIC_KEY` */
export type PeerPath = string;

/** A peer as last sampled; a new object whenever anything of it changed. Rates in bytes a second. */
export type PeerStatus = Readonly<
  Omit<PeerFrame, "id"> & { path: PeerPath; presence: PeerPresence; rx_rate: number; tx_rate: number }
>;

export type InterfaceTotals = Readonly<{
  peers_total: number;
  peers_active: number;
  peers_never: number;
  rx_bytes: number;
  tx_bytes: number;
  rx_rate: number;
  tx_rate: number;
}>;

export type InterfaceStatus = Readonly<InterfaceFrame & InterfaceTotals & { path: InterfacePath }>;

/** Network rates are null until two looks at the machine are known. */
export type NodeStatus = Readonly<{
  node: string;
  online: boolean;
  sampled_at: number;
  sample_seconds: number;
  system: SystemStatus | null;
  net_rx_rate: number | null;
  net_tx_rate: number | null;
}>;

/** How the stream itself is doing. */
export type Link = "connecting" | "open" | "waiting" | "ended";

export const interfacePath = (node: string, name: string): InterfacePath => `${node}/${name}`;
export const peerPath = (node: string, name: string, publicKey: string): PeerPath =>
  `${node}/${name}/${publicKey}`;
