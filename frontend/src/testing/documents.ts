import type { components } from "@/api/schema";

type Schemas = components["schemas"];

/** A plan that does nothing. */
export function plan(fields: Partial<Schemas["Plan"]> = {}): Schemas["Plan"] {
  return { operations: [], firewall: [], files: [], reimport: [], risky: [], ...fields };
}

/** An interface that runs as it was decided, of somebody who may do everything. */
export function interfaceDocument(fields: Partial<Schemas["InterfaceView"]> = {}): Schemas["InterfaceView"] {
  return {
    id: "i1",
    node: "local",
    name: "wg0",
    created_at: "2026-11-23T12:00:00Z",
    public_key: "aW50ZXJmYWNl=",
    listen_port: 51820,
    fwmark: 0,
    mtu: 1420,
    addresses: ["10.0.0.1/24"],
    pools: ["10.0.0.0/24"],
    dns: [],
    table: "auto",
    public_host: "vpn.example.com",
    public_port: 0,
    masquerade: false,
    started: true,
    drift_mode: "warn",
    unmanaged: "keep",
    brought_up_by: "sentra",
    server_keys: false,
    version: 3,
    peer_count: 2,
    driver: "uapi",
    applied: true,
    error: null,
    drift_count: 0,
    unmanaged_count: 0,
    reimport_count: 0,
    confirm_until: null,
    can: ["interface:read", "interface:inspect", "interface:update", "interface:delete", "peer:create"],
    ...fields,
  };
}

/** What became of a change that runs. */
export function interfaceResult(
  fields: Partial<Schemas["InterfaceResultView"]> = {},
): Schemas["InterfaceResultView"] {
  return {
    applied: true,
    reason: null,
    plan: plan(),
    confirm: null,
    interface: interfaceDocument(),
    ...fields,
  };
}
