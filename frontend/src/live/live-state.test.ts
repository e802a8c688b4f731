import { expect, test } from "vitest";
import { liveState } from "@/live/live-state";
import type { NodeStatus } from "@/live/status-types";

const node = (fields: Partial<NodeStatus> = {}): NodeStatus => ({
  node: "local",
  online: true,
  sampled_at: 1000,
  sample_seconds: 1,
  system: null,
  net_rx_rate: null,
  net_tx_rate: null,
  ...fields,
});

const seen = (fields: Partial<Parameters<typeof liveState>[0]> = {}) =>
  liveState({
    link: "open",
    hasSnapshot: true,
    browserOnline: true,
    silentSeconds: 0,
    nodes: [node()],
    isFresh: () => true,
    now: 1001.4,
    ...fields,
  });

test("an open stream with a sampled node is live, and says how old the sample is", () => {
  expect(seen()).toEqual({ kind: "live", age: 1 });
});

test("a node that is not fresh is stale, and says how old its newest sample is", () => {
  expect(seen({ isFresh: () => false, now: 1042 })).toEqual({ kind: "stale", age: 42 });
});

test("one node of two that is fresh keeps the whole live", () => {
  const nodes = [node({ node: "berlin", sampled_at: 5 }), node()];
  expect(seen({ nodes, isFresh: (name) => name === "local" }).kind).toBe("live");
});

test("a page that slept is not called live by a clock that slept too", () => {
  expect(seen({ now: 1600 })).toEqual({ kind: "stale", age: 600 });
});

test("a page without nodes is live", () => {
  expect(seen({ nodes: [], isFresh: () => false })).toEqual({ kind: "live", age: null });
});

test("a connection that has gone silent is not called live", () => {
  expect(seen({ silentSeconds: 26 }).kind).toBe("stale");
});

test("without a connection it is connecting first, then reconnecting, or offline", () => {
  expect(seen({ link: "connecting", hasSnapshot: false, nodes: [] })).toEqual({
    kind: "connecting",
    age: null,
  });
  expect(seen({ link: "waiting" }).kind).toBe("reconnecting");
  expect(seen({ link: "waiting", browserOnline: false }).kind).toBe("offline");
});
