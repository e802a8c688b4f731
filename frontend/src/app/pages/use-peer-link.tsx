import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useCallback } from "react";
import type { InterfaceDocument } from "@/features/interfaces/interface-documents";
import { NO_DOCUMENTS, peersQuery } from "@/features/peers/peer-documents";

/** Links to peers by their id; just the name where the peer is not known. */
export function usePeerLink(document: InterfaceDocument): (peerId: string, name: string) => ReactNode {
  const { id, node, name: iface } = document;
  const { data = NO_DOCUMENTS } = useQuery(peersQuery(id));
  return useCallback(
    (peerId, name) => {
      const peer = [...data.values()].find((each) => each.id === peerId);
      if (!peer) return name;
      return (
        <Link to="/interfaces/$node/$name" params={{ node, name: iface }} search={{ peer: peer.public_key }}>
          {name}
        </Link>
      );
    },
    [data, node, iface],
  );
}
