import type { components } from "@/api/schema";
import type { Peer } from "@/features/peers/peer-documents";
import { formText } from "@/lib/form-text";
import { entriesOf, entriesText } from "@/lib/text-list";
import { TextField } from "@/ui/text-field";

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

type Props = { peer?: Peer; error: (field: string) => string | null };

/** Everything about a peer beside its name and keys; empty fields are chosen by the server. */
export function PeerFields({ peer, error }: Props) {
  const list = (field: "addresses" | "routes" | "client_allowed_ips" | "dns" | "tags") =>
    entriesText(peer?.[field]);
  return (
    <>
      <TextField
        label="Tunnel addresses"
        name="addresses"
        placeholder="the next free ones"
        description="The peer's own addresses inside the tunnel."
        defaultValue={list("addresses")}
        error={error("addresses")}
      />
      <TextField
        label="Networks behind the peer"
        name="routes"
        placeholder="none"
        description="What the server routes to the peer besides, such as its LAN 192.168.7.0/24."
        defaultValue={list("routes")}
        error={error("routes")}
      />
      <TextField
        label="What the peer sends into the tunnel"
        name="client_allowed_ips"
        placeholder={entriesText(peer?.effective_client_allowed_ips) || "chosen by the interface"}
        description="Allowed IPs of its config file; 0.0.0.0/0, ::/0 is everything."
        defaultValue={list("client_allowed_ips")}
        error={error("client_allowed_ips")}
      />
      <TextField
        label="DNS"
        name="dns"
        placeholder="as the interface says"
        defaultValue={list("dns")}
        error={error("dns")}
      />
      <TextField
        label="Endpoint"
        name="endpoint"
        placeholder="the peer calls"
        description="Only where this node must call the peer: host and port."
        defaultValue={peer?.endpoint ?? ""}
        error={error("endpoint")}
      />
      <TextField
        label="Keepalive of the peer, seconds"
        name="client_keepalive"
        inputMode="numeric"
        placeholder="25"
        defaultValue={peer?.client_keepalive ?? ""}
        error={error("client_keepalive")}
      />
      <TextField
        label="MTU"
        name="mtu"
        inputMode="numeric"
        placeholder="as the interface says"
        defaultValue={peer?.mtu ?? ""}
        error={error("mtu")}
      />
      <TextField label="Tags" name="tags" defaultValue={list("tags")} error={error("tags")} />
      <TextField label="Notes" name="notes" defaultValue={peer?.notes ?? ""} error={error("notes")} />
      <TextField
        label="Expires"
        name="expires_at"
        type="datetime-local"
        description="The peer is disabled then."
        defaultValue={localTime(peer?.expires_at)}
        error={error("expires_at")}
      />
    </>
  );
}

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

/** What changes a peer as it is edited: what was emptied becomes the server's choice again. */
export function peerChangesOf(form: FormData): PeerUpdate {
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
  return { ...empty, ...peerFieldsOf(form) };
}

/** A moment as a `datetime-local` field wants it: in this browser's time zone. */
function localTime(moment: string | null | undefined): string {
  if (!moment) return "";
  const at = new Date(moment);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
