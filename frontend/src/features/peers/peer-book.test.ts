import { expect, test } from "vitest";
import { PeerBook } from "@/features/peers/peer-book";
import { parsePeerFilter } from "@/features/peers/peer-filter";
import { parseSort, peerOrder } from "@/features/peers/peer-sort";
import { peerDocument } from "@/testing/peers";

const book = new PeerBook(
  "local/wg0",
  new Map(
    [
      peerDocument({ public_key: "A", name: "zebra", tags: ["office"] }),
      peerDocument({ id: "p2", public_key: "B", name: "ant", enabled: false }),
    ].map((peer) => [peer.public_key, peer]),
  ),
);
const [zebra, ant] = book.notRunning(new Map());
if (!zebra || !ant) throw new Error("both are decided and neither runs");

test("a peer that is decided and does not run is shown as waiting, one that is disabled as such", () => {
  expect([zebra.presence, ant.presence]).toEqual(["never", "disabled"]);
  expect(zebra.path).toBe("local/wg0/A");
  expect(zebra.allowed_ips).toEqual(["10.8.0.2/32"]);
});

test("a peer that runs is not made up a second time", () => {
  expect(book.notRunning(new Map([[zebra.path, zebra]]))).toEqual([ant]);
});

test("it is the same object each time, so that rows need not render", () => {
  expect(book.absent(zebra.path)).toBe(zebra);
  expect(book.absent("local/wg0/unknown")).toBeUndefined();
});

test("peers are found by name, tag and being disabled", () => {
  const found = (query: string) => [zebra, ant].filter(parsePeerFilter(query, book).matches);
  expect(found("zeb")).toEqual([zebra]);
  expect(found("name:ant")).toEqual([ant]);
  expect(found("tag:off")).toEqual([zebra]);
  expect(found("office")).toEqual([zebra]);
  expect(found("is:disabled")).toEqual([ant]);
});

test("peers are sorted by what they are called", () => {
  expect([zebra, ant].toSorted(peerOrder(parseSort("public_key"), book))).toEqual([ant, zebra]);
});
