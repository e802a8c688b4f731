import { api } from "@/api/client";
import type { components } from "@/api/schema";
import { versionOf } from "@/features/peers/change-peer";
import { type HandedOut, handOut } from "@/features/peers/handed-out";
import type { Peer } from "@/features/peers/peer-documents";
import { reasonOf } from "@/features/peers/peer-outcome";
import { makeKeyPair, makePresharedKey } from "@/lib/wireguard-keys";

export type PeerCreate = components["schemas"]["PeerCreate"];
/** Where the key pair of a new peer comes from. */
export type KeySource = "browser" | "own" | "server";
export type Created = Readonly<{ peer: Peer; handedOut: HandedOut | null; reason: string | null }>;

/**
 * Create a peer. With keys from the browser the pair is made here: the server gets the public key, and the private one
 * is only in the answer.
 */
export async function createPeer(
  interfaceId: string,
  wanted: Omit<PeerCreate, "public_key" | "preshared_key"> & { public_key?: string },
  options: { keys: KeySource; preshared: boolean },
): Promise<Created> {
  const pair = options.keys === "browser" ? await makeKeyPair() : null;
  const presharedKey = options.preshared ? makePresharedKey() : null;
  const body: PeerCreate = {
    ...wanted,
    ...(pair ? { public_key: pair.publicKey } : null),
    ...(options.keys === "server" ? { make_keys: true } : null),
    ...(presharedKey ? { preshared_key: presharedKey } : null),
  };
  const { data } = await api.POST("/api/v1/interfaces/{interface_id}/peers", {
    params: { path: { interface_id: interfaceId } },
    body,
  });
  if (!data?.peer) throw new Error("The peer was not created.");
  const reason = reasonOf(data);
  const handedOut = pair
    ? await handOut(data.peer, { privateKey: pair.privateKey, presharedKey }, reason)
    : null;
  return { peer: data.peer, handedOut, reason };
}

/** Make a new key pair for a peer and swap it in one step: its old config file stops working. */
export async function rekeyPeer(peer: Peer): Promise<HandedOut> {
  const pair = await makeKeyPair();
  const presharedKey = peer.has_preshared_key ? makePresharedKey() : null;
  const { data } = await api.POST("/api/v1/peers/{peer_id}/rekey", {
    params: { path: { peer_id: peer.id } },
    headers: versionOf(peer),
    body: { public_key: pair.publicKey, ...(presharedKey ? { preshared_key: presharedKey } : null) },
  });
  if (!data?.peer) throw new Error("The key was not changed.");
  return handOut(data.peer, { privateKey: pair.privateKey, presharedKey }, reasonOf(data));
}
