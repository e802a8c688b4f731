import { expect, test } from "vitest";
import {
  DEFAULT_SORT,
  formatSort,
  parseSort,
  peerOrder,
  SORTABLE,
  toggledSort,
} from "@/features/peers/peer-sort";
import { presenceAt } from "@/live/presence";
import type { PeerStatus } from "@/live/status-types";
import { AT, peerFrame } from "@/testing/frames";

function peer(id: number, fields: Partial<PeerStatus> = {}): PeerStatus {
  const { id: _, ...frame } = peerFrame(id, fields);
  const presence = presenceAt(frame.latest_handshake, AT);
  return { ...frame, path: `local/wg0/${frame.public_key}`, presence, rx_rate: 0, tx_rate: 0, ...fields };
}

const keys = (peers: PeerStatus[], sort: string) =>
  peers.toSorted(peerOrder(parseSort(sort))).map((each) => Number(/\d+/.exec(each.public_key)?.[0]));

test("a sort survives the address", () => {
  for (const column of SORTABLE)
    for (const descending of [true, false])
      expect(parseSort(formatSort({ column, descending }))).toEqual({ column, descending });
  expect(parseSort("-nonsense")).toEqual(DEFAULT_SORT);
  expect(formatSort(DEFAULT_SORT)).toBeUndefined();
});

test("a click turns a column round, and numbers start with the largest", () => {
  expect(toggledSort(DEFAULT_SORT, "rx_rate")).toEqual({ column: "rx_rate", descending: true });
  expect(toggledSort(DEFAULT_SORT, "allowed_ips").descending).toBe(true);
  expect(toggledSort(DEFAULT_SORT, "endpoint").descending).toBe(false);
});

test("addresses sort by number, none last", () => {
  const peers = [
    peer(1, { allowed_ips: [] }),
    peer(2, { allowed_ips: ["fd00::2/128"] }),
    peer(3, { allowed_ips: ["10.0.0.10/32"] }),
    peer(4, { allowed_ips: ["10.0.0.9/32"] }),
  ];
  expect(keys(peers, "allowed_ips")).toEqual([4, 3, 2, 1]);
});

test("equals stand in the order of their keys, either way round", () => {
  const peers = [peer(3), peer(1), peer(2, { rx_rate: 5 })];
  expect(keys(peers, "-rx_rate")).toEqual([2, 1, 3]);
  expect(keys(peers, "rx_rate")).toEqual([1, 3, 2]);
});

test("by presence, active ones come first", () => {
  const peers = [peer(1, { latest_handshake: 0 }), peer(2, { latest_handshake: AT - 999 }), peer(3)];
  expect(keys(peers, "presence")).toEqual([3, 2, 1]);
});
