import type { Drift } from "@/features/interfaces/drift-documents";

const FIELDS: Record<string, string> = {
  public_key: "public key",
  listen_port: "listen port",
  fwmark: "fwmark",
  mtu: "MTU",
  up: "link",
  allowed_ips: "allowed IPs",
  preshared_key: "preshared key",
  persistent_keepalive: "keepalive",
  endpoint: "endpoint",
};

/** One difference as a sentence: what was decided, and what runs. */
export function driftWords(drift: Drift): string {
  if (drift.kind === "changed") return `${subjectOf(drift)}: ${decided(drift)}, ${runs(drift)}.`;
  if (drift.subject === "peer") {
    const peer = drift.peer_name ?? drift.key;
    return drift.kind === "missing"
      ? `The peer ${peer} is missing on the node.`
      : `A peer that was removed runs again: ${peer}.`;
  }
  const thing = drift.subject === "masquerade" ? "The masquerade" : capital(`${drift.subject} ${drift.key}`);
  return drift.kind === "missing" ? `${thing} is missing on the node.` : `${thing} was added by hand.`;
}

function subjectOf({ subject, key, field, peer_name }: Drift): string {
  const named = field === null ? null : (FIELDS[field] ?? field.replaceAll("_", " "));
  if (subject === "peer") return named ? `${peer_name ?? key}, ${named}` : (peer_name ?? key);
  if (subject === "masquerade") return "Masquerade";
  return capital(named ?? `${subject} ${key}`);
}

const decided = ({ wanted }: Drift) => `${shown(wanted)} was decided`;
const runs = ({ running, field }: Drift) =>
  field === "preshared_key" && running === "another" ? "another one runs" : `${shown(running)} runs`;
const shown = (value: string | null) => (value === null || value === "" ? "none" : value);
const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);
