import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { noteGiven } from "@/features/peers/handed-out";
import { type Peer, refreshPeers } from "@/features/peers/peer-documents";
import { buttonClass } from "@/ui/button";

type Props = { peer: Peer; look?: "main" | "quiet"; children: ReactNode };

/** Downloads the config file of a peer whose private key the server has, and notes that it was given. */
export function ConfigFileLink({ peer, look = "quiet", children }: Props) {
  const client = useQueryClient();
  const given = useMutation({
    mutationFn: () => noteGiven(peer),
    onSuccess: () => refreshPeers(client, peer.interface_id),
  });
  return (
    <a
      className={buttonClass(look)}
      href={`/api/v1/peers/${peer.id}/config`}
      download
      onClick={() => peer.can.includes("peer:update") && given.mutate()}
    >
      {children}
    </a>
  );
}
