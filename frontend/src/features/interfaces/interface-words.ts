import type { InterfaceDocument } from "@/features/interfaces/interface-documents";
import { formatCount } from "@/lib/format";
import { type InterfaceStatus, interfacePath } from "@/live/status-types";

type Word = Readonly<{ text: string; tone: "plain" | "trouble" }>;

/** What is to be said of an interface in its row; nothing where all is as it was decided. */
export function interfaceWords(document: InterfaceDocument): readonly Word[] {
  const differences = document.drift_count + document.unmanaged_count;
  const words: (Word | false)[] = [
    document.confirm_until !== null && { text: "waits to be kept", tone: "trouble" },
    !document.started && { text: "stopped", tone: "plain" },
    document.error !== null && { text: "not applied", tone: "trouble" },
    differences > 0 && { text: counted(differences, "difference"), tone: "trouble" },
    document.reimport_count > 0 && {
      text: `${formatCount(document.reimport_count)} must import again`,
      tone: "plain",
    },
  ];
  return words.filter((word) => word !== false);
}

/** `1 peer`, `12 peers`. */
export function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** What is shown of an interface that is decided and does not run. */
export function statusOf(document: InterfaceDocument): InterfaceStatus {
  return {
    node: document.node,
    name: document.name,
    path: interfacePath(document.node, document.name),
    driver: document.driver,
    public_key: document.public_key,
    listen_port: document.listen_port,
    fwmark: document.fwmark,
    up: false,
    error: null,
    clock: null,
    peers_total: document.peer_count,
    peers_active: 0,
    peers_never: document.peer_count,
    rx_bytes: 0,
    tx_bytes: 0,
    rx_rate: 0,
    tx_rate: 0,
  };
}

/** The interfaces that run and those that are only decided, by node and name. */
export function allInterfaces(
  running: readonly InterfaceStatus[],
  documents: readonly InterfaceDocument[],
): readonly InterfaceStatus[] {
  const known = new Set(running.map((iface) => iface.path));
  const rest = documents.map(statusOf).filter((iface) => !known.has(iface.path));
  return [...running, ...rest].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}
