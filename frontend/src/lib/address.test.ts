import { expect, test } from "vitest";
import { overlaps, parsePrefix, prefixRank } from "@/lib/address";

test.each(["10.0.0.5", "10.0.0.0/8", "::", "::/0", "fd00::1", "2001:db8:1:2:3:4:5:6/64", "::ffff:192.0.2.1"])(
  "%s is a prefix",
  (text) => expect(parsePrefix(text)).not.toBeNull(),
);

test.each([
  "",
  "10.0.0",
  "10.0.0.256",
  "10.0.0.0/33",
  "::1::",
  "1:2:3",
  "fd00::/129",
  "1.2.3.4/",
  "g::",
  "1/2/3",
])("%s is none", (text) => expect(parsePrefix(text)).toBeNull());

const overlap = (a: string, b: string) => overlaps(parsePrefix(a)!, parsePrefix(b)!);

test("a prefix overlaps what it contains and what contains it", () => {
  expect(overlap("10.0.0.5", "10.0.0.0/24")).toBe(true);
  expect(overlap("10.0.0.0/8", "10.9.8.7/32")).toBe(true);
  expect(overlap("0.0.0.0/0", "192.0.2.1")).toBe(true);
  expect(overlap("fd00::/64", "fd00::1:2")).toBe(true);
  expect(overlap("10.0.0.5", "10.0.1.0/24")).toBe(false);
  expect(overlap("0.0.0.0/0", "fd00::1")).toBe(false);
});

test("prefixes sort by number, IPv4 first", () => {
  const texts = ["fd00::1", "10.0.0.10/32", "10.0.0.9/32", "10.0.0.0/8", "10.0.0.0/24"];
  const rank = (text: string) => prefixRank(parsePrefix(text)!);
  const sorted = texts.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
  expect(sorted).toEqual(["10.0.0.0/8", "10.0.0.0/24", "10.0.0.9/32", "10.0.0.10/32", "fd00::1"]);
});
