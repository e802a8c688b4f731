import type { components } from "@/api/schema";
import type { Peer } from "@/features/peers/peer-documents";
import { formText } from "@/lib/form-text";
import { entriesOf, entriesText } from "@/lib/text-list";

type PeerUpdate = components["schemas"]["PeerUpdate"];

/** The fields that both forms have, as the server names them in its errors. */
export const PEER_FIELDS = [
  "addresses",
  "routes",
  "client_allowed_ips",
  "dns",
  "endpoint",
  "client_keepalive",
  "mtu",
  "tags",
  "notes",
  "expires_at",
] as const;

const NUMBERS = ["client_keepalive", "mtu"] as const;

/** What the fields of a form show, as they are edited. */
export type PeerTexts = Readonly<Record<"name" | (typeof PEER_FIELDS)[number], string>>;

/** How the fields are called on the form. */
export const PEER_FIELD_NAMES: Readonly<Record<keyof PeerTexts, string>> = {
  name: "Name",
  addresses: "Tunnel addresses",
  routes: "Networks behind the peer",
  client_allowed_ips: "What the peer sends into the tunnel",
  dns: "DNS",
  endpoint: "Endpoint",
  client_keepalive: "Keepalive of the peer, seconds",
  mtu: "MTU",
  tags: "Tags",
  notes: "Notes",
  expires_at: "Expires",
};

export type WrongFields = { [field: string]: string };

/** The fields that want a whole number and have none, with what to do. */
export function wrongNumbers(form: FormData): WrongFields {
  const wrong: WrongFields = {};
  for (const field of NUMBERS) {
    if (!/^\d*$/.test(formText(form, field).trim()))
      wrong[field] = "Enter a whole number, or leave it empty.";
  }
  return wrong;
}

/** What was filled in; an empty field leaves the choice to the server. */
export function peerFieldsOf(form: FormData): PeerUpdate {
  const filled: PeerUpdate = {};
  const text = (field: string) => formText(form, field).trim();
  for (const field of ["addresses", "routes", "client_allowed_ips", "dns", "tags"] as const) {
    if (text(field)) filled[field] = entriesOf(text(field));
  }
  for (const field of NUMBERS) {
    if (text(field)) filled[field] = Number(text(field));
  }
  for (const field of ["endpoint", "notes"] as const) if (text(field)) filled[field] = text(field);
  if (text("expires_at")) filled.expires_at = new Date(text("expires_at")).toISOString();
  return filled;
}

/** What changes of a peer where only these fields were edited: what was emptied becomes the server's choice again. */
export function peerChangesOf(form: FormData, edited: Partial<PeerTexts>): PeerUpdate {
  const empty: PeerUpdate = {
    routes: [],
    client_allowed_ips: null,
    dns: null,
    tags: [],
    client_keepalive: null,
    mtu: null,
    endpoint: null,
    notes: "",
    expires_at: null,
  };
  const all: PeerUpdate = { ...empty, ...peerFieldsOf(form), name: formText(form, "name").trim() };
  return Object.fromEntries(Object.entries(all).filter(([field]) => field in edited));
}

/** What the form of a peer shows before it is edited. */
export function textsOf(peer: Peer): PeerTexts {
  return {
    name: peer.name,
    addresses: entriesText(peer.addresses),
    routes: entriesText(peer.routes),
    client_allowed_ips: entriesText(peer.client_allowed_ips),
    dns: entriesText(peer.dns),
    endpoint: peer.endpoint ?? "",
    client_keepalive: String(peer.client_keepalive ?? ""),
    mtu: String(peer.mtu ?? ""),
    tags: entriesText(peer.tags),
    notes: peer.notes,
    expires_at: localTime(peer.expires_at),
  };
}

/** What the form of a peer shows now. */
export function typedTexts(form: FormData): PeerTexts {
  const fields = ["name", ...PEER_FIELDS].map((field) => [field, formText(form, field).trim()]);
  return Object.fromEntries(fields) as PeerTexts;
}

/** A moment as a `datetime-local` field wants it: in this browser's time zone. */
function localTime(moment: string | null | undefined): string {
  if (!moment) return "";
  const at = new Date(moment);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
