import { PEER_FIELD_NAMES as names, type PeerTexts } from "@/features/peers/peer-texts";
import { entriesText } from "@/lib/text-list";
import { TextField } from "@/ui/text-field";

type Props = {
  texts?: PeerTexts;
  /** What the peer sends into the tunnel where that is left to the server. */
  allowedIps?: readonly string[];
  error: (field: string) => string | null;
};

/** Everything about a peer beside its name and keys; empty fields are chosen by the server. */
export function PeerFields({ texts, allowedIps, error }: Props) {
  return (
    <>
      <TextField
        label={names.addresses}
        name="addresses"
        placeholder="the next free ones"
        description="The peer's own addresses inside the tunnel."
        defaultValue={texts?.addresses}
        error={error("addresses")}
      />
      <TextField
        label={names.routes}
        name="routes"
        placeholder="none"
        description="What the server routes to the peer besides, such as its LAN 192.168.7.0/24."
        defaultValue={texts?.routes}
        error={error("routes")}
      />
      <TextField
        label={names.client_allowed_ips}
        name="client_allowed_ips"
        placeholder={entriesText(allowedIps) || "chosen by the interface"}
        description="Allowed IPs of its config file; 0.0.0.0/0, ::/0 is everything."
        defaultValue={texts?.client_allowed_ips}
        error={error("client_allowed_ips")}
      />
      <TextField
        label={names.dns}
        name="dns"
        placeholder="as the interface says"
        defaultValue={texts?.dns}
        error={error("dns")}
      />
      <TextField
        label={names.endpoint}
        name="endpoint"
        placeholder="the peer calls"
        description="Only where this node must call the peer: host and port."
        defaultValue={texts?.endpoint}
        error={error("endpoint")}
      />
      <TextField
        label={names.client_keepalive}
        name="client_keepalive"
        inputMode="numeric"
        placeholder="25"
        defaultValue={texts?.client_keepalive}
        error={error("client_keepalive")}
      />
      <TextField
        label={names.mtu}
        name="mtu"
        inputMode="numeric"
        placeholder="as the interface says"
        defaultValue={texts?.mtu}
        error={error("mtu")}
      />
      <TextField label={names.tags} name="tags" defaultValue={texts?.tags} error={error("tags")} />
      <TextField label={names.notes} name="notes" defaultValue={texts?.notes} error={error("notes")} />
      <TextField
        label={names.expires_at}
        name="expires_at"
        type="datetime-local"
        description="The peer is disabled then."
        defaultValue={texts?.expires_at}
        error={error("expires_at")}
      />
    </>
  );
}
