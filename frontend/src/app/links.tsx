import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { InterfaceStatus, PeerStatus } from "@/live/status-types";

/** A link to the page of an interface. */
export function interfaceLink(iface: InterfaceStatus, name: ReactNode): ReactNode {
  return (
    <Link to="/interfaces/$node/$name" params={{ node: iface.node, name: iface.name }}>
      {name}
    </Link>
  );
}

/** A link to a peer, on the page of its interface. */
export function peerLink(peer: PeerStatus, name: ReactNode): ReactNode {
  return (
    <Link
      to="/interfaces/$node/$name"
      params={{ node: peer.node, name: peer.interface }}
      search={{ peer: peer.public_key }}
    >
      {name}
    </Link>
  );
}
