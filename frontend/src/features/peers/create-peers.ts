import { strToU8, zipSync } from "fflate";
import { api } from "@/api/client";
import { handOut } from "@/features/peers/handed-out";
import { reasonOf } from "@/features/peers/peer-outcome";
import { configFileName } from "@/lib/config-file";
import { makeKeyPair } from "@/lib/wireguard-keys";

export type ManyCreated = Readonly<{
  count: number;
  archive: Uint8Array<ArrayBuffer>;
  /** Why they are decided and do not run yet; null where they run. */
  reason: string | null;
}>;

const AT_ONCE = 8;

/** Create peers by name, all of them or none, with keys made here; gives their config files as a zip archive. */
export async function createPeers(interfaceId: string, names: readonly string[]): Promise<ManyCreated> {
  const pairs = new Map<string, string>();
  const peers = [];
  for (const name of names) {
    const pair = await makeKeyPair();
    pairs.set(pair.publicKey, pair.privateKey);
    peers.push({ name, public_key: pair.publicKey });
  }
  const { data } = await api.POST("/api/v1/interfaces/{interface_id}/peers/batch", {
    params: { path: { interface_id: interfaceId } },
    body: { peers },
  });
  const made = data?.peers ?? [];
  const files: Record<string, Uint8Array> = {};
  for (let first = 0; first < made.length; first += AT_ONCE) {
    const part = made.slice(first, first + AT_ONCE);
    const texts = await Promise.all(
      part.map((peer) =>
        handOut(peer, { privateKey: pairs.get(peer.public_key) ?? "", presharedKey: null }, null),
      ),
    );
    for (const { peer, text } of texts) files[freeName(files, peer.name)] = strToU8(text);
  }
  return {
    count: made.length,
    archive: new Uint8Array(zipSync(files)),
    reason: data ? reasonOf(data) : null,
  };
}

/** Two names may be one once they are names of files. */
function freeName(files: Readonly<Record<string, unknown>>, peerName: string): string {
  const name = configFileName(peerName);
  for (let number = 2; ; number++) {
    const tried = number === 2 ? name : name.replace(/\.conf$/, `-${number - 1}.conf`);
    if (!(tried in files)) return tried;
  }
}
