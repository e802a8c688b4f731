/**
 * Put the secrets that only this browser has into a config file that the server wrote without them: the private key
 * right below `[Interface]`, the preshared key right below the peer's public key (`man wg`).
 */
export function completedConfig(template: string, privateKey: string, presharedKey?: string | null): string {
  const lines: string[] = [];
  let section = "";
  for (const line of template.split("\n")) {
    lines.push(line);
    if (line.startsWith("[")) section = line;
    if (line === "[Interface]") lines.push(`PrivateKey = ${privateKey}`);
    if (presharedKey && section === "[Peer]" && line.startsWith("PublicKey =")) {
      lines.push(`PresharedKey = ${presharedKey}`);
    }
  }
  return lines.join("\n");
}

/** The name of a peer as the name of its file: what wg-quick takes, 15 characters at most (`man wg-quick`). */
export function configFileName(peerName: string): string {
  const plain = peerName
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9_=+.-]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "")
    .slice(0, 15)
    .replace(/[-.]+$/, "");
  return `${plain || "peer"}.conf`;
}
