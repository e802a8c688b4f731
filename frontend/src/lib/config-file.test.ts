import { expect, test } from "vitest";
import { completedConfig, configFileName } from "@/lib/config-file";

const TEMPLATE = `# laptop
[Interface]
Address = 10.8.0.2/32

[Peer]
PublicKey = AAAA
AllowedIPs = 0.0.0.0/0
Endpoint = vpn.example.org:51820
`;

test("the private key comes below [Interface], the preshared key below the public key", () => {
  expect(completedConfig(TEMPLATE, "private", "preshared")).toBe(`# laptop
[Interface]
PrivateKey = private
Address = 10.8.0.2/32

[Peer]
PublicKey = AAAA
PresharedKey = preshared
AllowedIPs = 0.0.0.0/0
Endpoint = vpn.example.org:51820
`);
});

test("without a preshared key only the private key is added", () => {
  const completed = completedConfig(TEMPLATE, "private");
  expect(completed.split("\n")).toHaveLength(TEMPLATE.split("\n").length + 1);
  expect(completed).not.toContain("PresharedKey");
});

test.each([
  ["laptop", "laptop.conf"],
  ["Ann's phone", "Ann-s-phone.conf"],
  ["../../etc/passwd", "etc-passwd.conf"],
  ["José", "Jose.conf"],
  ["手机", "peer.conf"],
  ["a-name-that-is-much-too-long-for-a-link", "a-name-that-is.conf"],
])("the file of %s is %s", (name, file) => {
  expect(configFileName(name)).toBe(file);
});
