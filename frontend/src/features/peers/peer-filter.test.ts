import { expect, test } from "vitest";
import { parsePeerFilter, presenceIn, withPresence } from "@/features/peers/peer-filter";
import type { PeerStatus } from "@/live/status-types";
import { peerFrame } from "@/testing/frames";

function peer(fields: Partial<PeerStatus> = {}): PeerStatus {
  const { id: _, ...frame } = peerFrame(5);
  return {
    ...frame,
    path: "local/wg0/key",
    presence: "active",
    rx_rate: 0,
    tx_rate: 0,
    public_key: "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=",
    endpoint: "[2001:db8::7]:51820",
    allowed_ips: ["10.0.0.0/24", "fd00:13::5/128"],
    ...fields,
  };
}

const finds = (query: string, fields: Partial<PeerStatus> = {}) =>
  parsePeerFilter(query).matches(peer(fields));

test.each([
  "",
  "   ",
  "xtiba5",
  "db8::7",
  "fd00:13",
  "10.0.0",
  "is:active",
  "IS:ACTIVE",
  "is:act",
  "ip:10.0.0.5",
  "ip:10.0.0.0/8",
  "ip:0.0.0.0/0",
  "ip:fd00:13::/64",
  "ip:10.0.",
  "endpoint:51820",
  "endpoint:[2001:DB8::7]",
  "key:xTIBA",
  "is:active ip:10.0.0.5 key:8Dg= db8",
])("%j finds it", (query) => expect(finds(query)).toBe(true));

test.each([
  "nothing",
  "is:idle",
  "is:active nothing",
  "ip:10.0.1.5",
  "ip:fd00:14::/64",
  "ip:11.",
  "endpoint:192.0.2.1",
  "key:db8",
])("%j does not find it", (query) => expect(finds(query)).toBe(false));

test("a peer without endpoint and addresses can be looked for", () => {
  const bare = { endpoint: null, allowed_ips: [] };
  expect(finds("endpoint:1", bare)).toBe(false);
  expect(finds("ip:0.0.0.0/0", bare)).toBe(false);
  expect(finds("xTIBA", bare)).toBe(true);
});

test("a word that means nothing is said, and does not hide everything", () => {
  const filter = parsePeerFilter("is:foo ip:host.example xTIBA");
  expect(filter.problems).toHaveLength(2);
  expect(filter.problems[0]).toContain('"foo"');
  expect(filter.matches(peer())).toBe(true);
});

test("the presence switches read and write the same words", () => {
  expect(presenceIn("10.0 is:idle")).toBe("idle");
  expect(presenceIn("is:idle is:active")).toBeNull();
  expect(presenceIn("is:nobody")).toBeNull();
  expect(withPresence("ip:10.0.0.5 is:idle", "active")).toBe("is:active ip:10.0.0.5");
  expect(withPresence("is:idle  key:a", null)).toBe("key:a");
});
