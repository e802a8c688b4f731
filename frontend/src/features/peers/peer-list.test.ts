import { expect, test, vi } from "vitest";
import { parsePeerFilter } from "@/features/peers/peer-filter";
import { PeerList } from "@/features/peers/peer-list";
import { parseSort } from "@/features/peers/peer-sort";
import { ServerClock } from "@/live/server-clock";
import { StatusStore } from "@/live/status-store";
import { AT, diff, peerFrame, snapshot } from "@/testing/frames";

function setting(query = "", sort = "") {
  const time = { now: 0 };
  const store = new StatusStore(new ServerClock(() => AT), () => 0);
  store.apply(snapshot());
  const list = new PeerList({
    store,
    path: "local/wg0",
    filter: parsePeerFilter(query),
    sort: parseSort(sort),
    now: () => time.now,
  });
  const ids = () => list.order().map((path) => Number(/key(\d+)/.exec(path)?.[1]));
  return { time, store, list, ids };
}

const interfaces = (clock: number) => [{ node: "local", name: "wg0", clock }];

test("an order stays the same array while nothing moves in it", () => {
  const { time, store, list } = setting();
  const listener = vi.fn();
  list.subscribe(listener);
  const before = list.order();
  time.now = 2;
  store.apply(diff(2, { interfaces: interfaces(2000), peers: [[0, 9, 9]] }));
  expect(list.order()).toBe(before);
  expect(listener).not.toHaveBeenCalled();
});

test("a new peer is listed with the frame that brings it", () => {
  const { time, store, list, ids } = setting();
  const listener = vi.fn();
  list.subscribe(listener);
  list.order();
  time.now = 1;
  store.apply(diff(2, { added: [peerFrame(2)] }));
  expect(listener).toHaveBeenCalledTimes(1);
  expect(ids()).toEqual([0, 1, 2]);
});

test("is made at most once a second, and then made up for", () => {
  const { time, store, list, ids } = setting("", "-rx_rate");
  list.subscribe(() => undefined);
  expect(ids()).toEqual([0, 1]);
  time.now = 0.3;
  store.apply(diff(2, { interfaces: interfaces(2000), peers: [[1, 500, 0]] }));
  expect(ids()).toEqual([0, 1]);
  time.now = 1;
  store.tick();
  expect(ids()).toEqual([1, 0]);
});

test("a peer that no longer matches leaves", () => {
  const { time, store, list, ids } = setting("is:active");
  list.subscribe(() => undefined);
  expect(ids()).toEqual([0, 1]);
  time.now = 1;
  store.apply(diff(2, { peers: [[0, 0, 0, { latest_handshake: AT - 500 }]] }));
  expect(ids()).toEqual([1]);
});
