import type { components } from "@/api/schema";

type Peer = components["schemas"]["PeerView"];

/** A peer as people keep it; override what matters. */
export function peerDocument(fields: Partial<Peer> = {}): Peer {
  return {
    id: "p1",
    interface_id: "i1",
    name: "laptop",
    public_key: "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=",
    created_at: "2026-11-23T12:00:00Z",
    addresses: ["10.8.0.2/32"],
    routes: [],
    client_allowed_ips: null,
    effective_client_allowed_ips: ["10.8.0.0/24"],
    endpoint: null,
    persistent_keepalive: 0,
    client_keepalive: null,
    dns: null,
    mtu: null,
    notes: "",
    tags: [],
    owner_id: null,
    expires_at: null,
    enabled: true,
    disabled_reason: null,
    has_preshared_key: false,
    has_private_key: false,
    config_revision: "r1",
    given_revision: null,
    must_reimport: false,
    version: 1,
    can: ["peer:update", "peer:delete", "peer:rekey", "peer:config"],
    ...fields,
  };
}
