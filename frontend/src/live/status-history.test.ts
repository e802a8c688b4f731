import { expect, test, vi } from "vitest";
import { ServerClock } from "@/live/server-clock";
import { HISTORY_SECONDS, StatusHistory } from "@/live/status-history";
import { StatusStore } from "@/live/status-store";
import { AT, diff, nodeFrame, peerFrame, snapshot } from "@/testing/frames";

const WG0 = "local/wg0";

function setting(peers = 2) {
  const time = { now: AT };
  const now = () => time.now;
  const store = new StatusStore(new ServerClock(now), now);
  const history = new StatusHistory(store);
  const undo = history.follow();
  store.apply(snapshot({ peers: Array.from({ length: peers }, (_, id) => peerFrame(id)) }));
  store.setLink("open");
  let sequence = 1;
  const sample = (rx: number) => {
    sequence += 1;
    time.now += 1;
    const interfaces = [{ node: "local", name: "wg0", clock: sequence * 1000 }];
    const nodes = [nodeFrame()];
    store.apply(diff(sequence, { at: Math.floor(time.now), nodes, interfaces, peers: [[0, rx, 0]] }));
    store.tick();
  };
  /** Seconds in which a server says nothing at all. */
  const wait = (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      time.now += 1;
      store.tick();
    }
  };
  /** Seconds in which nothing happens on any interface. */
  const rest = (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      sequence += 1;
      time.now += 1;
      store.apply(diff(sequence, { at: Math.floor(time.now), nodes: [nodeFrame()] }));
      store.tick();
    }
  };
  return { time, store, history, undo, sample, wait, rest };
}

test("remembers the rates of an interface, its peers and all together", () => {
  const { history, sample } = setting();
  sample(100);
  sample(400);
  expect(history.interface(WG0).rx).toEqual([100, 300]);
  expect(history.total.rx).toEqual([100, 300]);
  expect(history.peer(`${WG0}/${peerFrame(0).public_key}`).rx).toEqual([100, 300]);
});

test("goes on while it is quiet, and has a gap while nothing is known", () => {
  const { history, store, sample, wait, rest } = setting();
  sample(100);
  rest(9);
  expect(history.interface(WG0).rx.at(-1)).toBe(100);
  store.setLink("waiting");
  wait(5);
  expect(history.interface(WG0).rx.at(-1)).toBeNull();
  expect(history.total.rx.at(-1)).toBeNull();
});

test("a server that says nothing leaves a gap after three paces", () => {
  const { history, sample, wait } = setting();
  sample(100);
  wait(4);
  expect(history.total.rx.at(-1)).toBe(100);
  wait(1);
  expect([history.total.rx.at(-1), history.interface(WG0).rx.at(-1)]).toEqual([null, null]);
});

test("a node that is offline leaves a gap", () => {
  const { history, store, sample, wait } = setting();
  sample(100);
  store.apply(diff(3, { at: AT, nodes: [nodeFrame({ online: false })] }));
  wait(3);
  expect(history.interface(WG0).rx.at(-1)).toBeNull();
});

test("keeps ten minutes, give or take a tenth", () => {
  const { history, sample } = setting();
  for (let second = 0; second < 900; second += 1) sample(second);
  const { at } = history.interface(WG0);
  expect(at.length).toBeGreaterThanOrEqual(HISTORY_SECONDS);
  expect(at.length).toBeLessThanOrEqual(HISTORY_SECONDS * 1.1 + 2);
});

test("of many peers remembers those that are looked at", () => {
  const { history, sample } = setting(300);
  const path = `${WG0}/${peerFrame(0).public_key}`;
  sample(100);
  expect(history.peer(path).rx).toEqual([]);
  const undo = history.watchPeer(path);
  sample(300);
  expect(history.peer(path).rx).toEqual([200]);
  undo();
  sample(500);
  expect(history.peer(path).rx).toEqual([]);
});

test("whoever is woken by a frame finds the history and the store to tell the same numbers", () => {
  const { history, store, sample, wait } = setting();
  const seen: unknown[] = [];
  const look = () => {
    const sum = store.movingPeers().reduce((all, peer) => all + peer.rx_rate, 0);
    seen.push([
      history.total.rx.at(-1),
      history.interface(WG0).rx.at(-1),
      store.interface(WG0)?.rx_rate,
      sum,
    ]);
  };
  store.onAny(look);
  sample(100);
  store.onTick(look);
  history.onChange(look);
  sample(400);
  wait(1);
  expect(seen).toEqual([100, 300, 300, 300, 300, 300, 300].map((rate) => [rate, rate, rate, rate]));
});

test("tells of a frame when it comes, not with the next second", () => {
  const { history, store } = setting();
  const listener = vi.fn();
  history.onChange(listener);
  store.apply(diff(2, { interfaces: [{ node: "local", name: "wg0", clock: 2000 }], peers: [[0, 100, 0]] }));
  expect(listener).toHaveBeenCalledTimes(1);
  expect(history.total.rx).toEqual([100]);
});

test("the sum falls at once when a peer that moved is gone", () => {
  const { history, store, sample } = setting();
  sample(100);
  store.apply(diff(3, { removed: [0] }));
  expect(history.total.rx.at(-1)).toBe(0);
});

test("a snapshot begins anew: nothing is known until the sample after it", () => {
  const { history, store, time, sample } = setting();
  sample(100);
  time.now += 1;
  store.apply(snapshot());
  expect([history.total.rx, history.interface(WG0).rx]).toEqual([
    [100, null],
    [100, null],
  ]);
});
