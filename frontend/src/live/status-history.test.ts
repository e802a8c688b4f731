import { expect, test } from "vitest";
import { ServerClock } from "@/live/server-clock";
import { HISTORY_SECONDS, StatusHistory } from "@/live/status-history";
import { StatusStore } from "@/live/status-store";
import { AT, diff, nodeFrame, peerFrame, snapshot } from "@/testing/frames";

const WG0 = "local/wg0";

function setting(peers = 2) {
  const time = { now: AT };
  const store = new StatusStore(new ServerClock(() => time.now));
  const history = new StatusHistory(store);
  const undo = history.follow();
  store.apply(snapshot({ peers: Array.from({ length: peers }, (_, id) => peerFrame(id)) }));
  store.setLink("open");
  let sequence = 1;
  const sample = (rx: number) => {
    sequence += 1;
    time.now += 1;
    const interfaces = [{ node: "local", name: "wg0", clock: sequence * 1000 }];
    store.apply(diff(sequence, { at: Math.floor(time.now), interfaces, peers: [[0, rx, 0]] }));
    store.tick();
  };
  const wait = (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      time.now += 1;
      store.tick();
    }
  };
  return { time, store, history, undo, sample, wait };
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
  const { history, store, sample, wait } = setting();
  sample(100);
  wait(4);
  expect(history.interface(WG0).rx.at(-1)).toBe(100);
  store.setLink("waiting");
  wait(5);
  expect(history.interface(WG0).rx.at(-1)).toBeNull();
  expect(history.total.rx.at(-1)).toBeNull();
});

test("a node that fell silent leaves a gap", () => {
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
