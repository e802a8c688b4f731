import { counted } from "@/features/interfaces/interface-words";

/** So many are named, and the rest counted. */
const MOST_NAMED = 3;

/** The history tells no more than this of one change. */
const MOST_TOLD = 200;

/** Which fields a change touched: `listen port, DNS`, or `name, tags, notes and 7 more, of 12 peers`. */
export function changedWords(fields: readonly string[]): string {
  const parts = fields.map(partsOf);
  const names = [...new Set(parts.map(({ name }) => wordsOf(name)))];
  const peers = new Set(parts.flatMap(({ peer }) => (peer === "" ? [] : [peer]))).size;
  const rest = names.length - MOST_NAMED;
  const named = names.slice(0, MOST_NAMED).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
  if (peers === 0) return named;
  const least = fields.length >= MOST_TOLD ? "at least " : "";
  return `${named}${rest > 0 ? "," : ""} of ${least}${counted(peers, "peer")}`;
}

/** A field as people call it; of many peers each with the name of its peer. */
export function fieldWords(field: string): string {
  const { peer, name } = partsOf(field);
  return peer + wordsOf(name);
}

function partsOf(field: string): { peer: string; name: string } {
  const at = field.lastIndexOf(": ") + 1;
  return at === 0 ? { peer: "", name: field } : { peer: field.slice(0, at + 1), name: field.slice(at + 1) };
}

const wordsOf = (name: string) => NAMES[name] ?? name.replaceAll("_", " ");

const NAMES: Readonly<Record<string, string>> = {
  dns: "DNS",
  mtu: "MTU",
  public_host: "public address",
  client_allowed_ips: "what the peer sends into the tunnel",
  client_keepalive: "keepalive of the peer",
  drift_mode: "changes made by hand",
  unmanaged: "peers that Sentra never knew",
  server_keys: "keys made on the server",
};
