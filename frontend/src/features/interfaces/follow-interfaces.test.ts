import { expect, test } from "vitest";
import { followInterfaces } from "@/features/interfaces/follow-interfaces";
import { ServerClock } from "@/live/server-clock";
import { StatusStore } from "@/live/status-store";
import { FakeTimers } from "@/testing/fake-timers";
import { AT, diff, interfaceFrame, peerFrame, snapshot } from "@/testing/frames";

function follow() {
  const store = new StatusStore(new ServerClock(() => AT), () => AT);
  const timers = new FakeTimers();
  let read = 0;
  const stop = followInterfaces(
    store,
    () => {
      read += 1;
    },
    { set: (action, milliseconds) => timers.set(action, milliseconds / 1000), clear: timers.clear },
  );
  store.apply(snapshot());
  return { store, timers, stop, readSoFar: () => read };
}

test("reads again soon after an interface appeared, and once more when its node has looked", () => {
  const { store, timers, readSoFar } = follow();
  store.apply(diff(2, { interfaces: [interfaceFrame({ name: "wg1" })] }));
  expect(readSoFar()).toBe(0);
  timers.advance(1);
  expect(readSoFar()).toBe(1);
  timers.advance(10);
  expect(readSoFar()).toBe(2);
  store.apply(diff(3, { removed_interfaces: [["local", "wg1"]] }));
  timers.advance(1);
  expect(readSoFar()).toBe(3);
});

test("does not read because of traffic", () => {
  const { store, timers, readSoFar } = follow();
  store.apply(
    diff(2, {
      interfaces: [{ ...interfaceFrame({ clock: 2000 }), previous_clock: 1000 }],
      peers: [[0, 500, 500]],
    }),
  );
  timers.advance(60);
  expect(readSoFar()).toBe(0);
});

test("reads once for all that comes at once", () => {
  const { store, timers, readSoFar } = follow();
  for (let sequence = 2; sequence < 12; sequence++)
    store.apply(diff(sequence, { added: [peerFrame(sequence)] }));
  timers.advance(1);
  expect(readSoFar()).toBe(1);
});

test("reads nothing more once it is stopped", () => {
  const { store, timers, stop, readSoFar } = follow();
  store.apply(diff(2, { removed: [0] }));
  stop();
  store.apply(diff(3, { removed: [1] }));
  timers.advance(60);
  expect(readSoFar()).toBe(0);
});
