import { ApiError } from "@/api/api-error";

/** The key of a wg-quick file that a field of an interface, or of a peer, comes from. */
const KEYS: Readonly<Record<string, string>> = {
  addresses: "Address",
  pools: "Address",
  listen_port: "ListenPort",
  dns: "DNS",
  mtu: "MTU",
  table: "Table",
  fwmark: "FwMark",
};
const PEER_KEYS: Readonly<Record<string, string>> = {
  addresses: "AllowedIPs",
  routes: "AllowedIPs",
  public_key: "PublicKey",
  preshared_key: "PresharedKey",
  endpoint: "Endpoint",
  persistent_keepalive: "PersistentKeepalive",
};

/** What is wrong with a file, each with the line that it is about; what is about something else is left out. */
export function fileErrors(error: Error | null, text: string): readonly string[] {
  if (!(error instanceof ApiError)) return [];
  const told = error.fields.flatMap(({ field, message }) => {
    if (field === "text") return [message];
    const place = placeOf(field);
    if (!place) return [];
    const line = lineOf(text, place);
    return [`${line === null ? "" : `Line ${line}, `}${place.key}: ${message}`];
  });
  return [...new Set(told)];
}

/** Whether `fileErrors` tells of a field. */
export const isOfFile = (field: string): boolean => field === "text" || placeOf(field) !== null;

/** A line of a file as it may be shown again. */
export function shownLine(text: string, line: number): string {
  const shown = (linesOf(text)[line - 1] ?? "").trim();
  return shown.replace(/^((?:Private|Preshared)Key\s*=).*/i, "$1 (hidden)");
}

/** A key of the interface, or of the peer with this number. */
type Place = Readonly<{ key: string; peer: number | null }>;

function placeOf(field: string): Place | null {
  const ofPeer = /^peers\.(\d+)\.(\w+)/.exec(field);
  if (ofPeer) return { key: PEER_KEYS[ofPeer[2] ?? ""] ?? "Peer", peer: Number(ofPeer[1]) };
  const key = KEYS[field.replace(/\..*/, "")];
  return key ? { key, peer: null } : null;
}

function lineOf(text: string, { key, peer }: Place): number | null {
  let section: number | null = null;
  let header: number | null = null;
  for (const [index, line] of linesOf(text).entries()) {
    if (/^\s*\[peer\]/i.test(line)) section = section === null ? 0 : section + 1;
    if (section !== peer) continue;
    header ??= index + 1;
    if (line.split("=")[0]?.trim().toLowerCase() === key.toLowerCase()) return index + 1;
  }
  return peer === null ? null : header;
}

const linesOf = (text: string) => text.split(/\r?\n/);
