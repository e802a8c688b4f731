import { describe, expect, test, vi } from "vitest";
import { ServerClock } from "@/live/server-clock";
import type { DiffFrame, PeerChange, PeerFrame } from "@/live/status-frames";
import { StatusStore } from "@/live/status-store";
import { AT, diff, interfaceFrame, nodeFrame, peerFrame, snapshot, systemStatus } from "@/testing/frames";
import { seeded } from "@/testing/random";

const WG0 = "local/wg0";
const path = (id: number) => `${WG0}/${peerFrame(id).public_key}`;

function storeAt(time = { now: AT }) {
  const now = () => time.now;
  return new StatusStore(new ServerClock(now), now);
}

describe("snapshots and diffs", () => {
  test("a snapshot shows its peers with no rate yet", () => {
    const store = storeAt();
    store.apply(snapshot());
    expect(store.peer(path(0))).toMatchObject({ presence: "active", rx_rate: 0, tx_rate: 0 });
    expect(store.interface(WG0)).toMatchObject({ peers_total: 2, peers_active: 2, rx_rate: 0 });
    expect(store.position).toEqual({ epoch: "e1", sequence: 1 });
  });

  test("rates are bytes over the difference of the interface's clocks", () => {
    const store = storeAt();
    store.apply(snapshot());
    store.apply(
      diff(2, { interfaces: [{ node: "local", name: "wg0", clock: 3000 }], peers: [[0, 500, 4000]] }),
    );
    expect(store.peer(path(0))).toMatchObject({ rx_rate: 250, tx_rate: 2000 });
    expect(store.interface(WG0)).toMatchObject({ rx_rate: 250, tx_rate: 2000, rx_bytes: 500 });
  });

  test("a peer that a new sample does not name stands still", () => {
    const store = storeAt();
    store.apply(snapshot());
    store.apply(diff(2, { interfaces: [{ node: "local", name: "wg0", clock: 2000 }], peers: [[0, 500, 0]] }));
    store.apply(diff(3, { interfaces: [{ node: "local", name: "wg0", clock: 3000 }] }));
    expect(store.peer(path(0))?.rx_rate).toBe(0);
    expect(store.interface(WG0)?.rx_rate).toBe(0);
  });

  test("another interface's sample leaves the rates of this one alone", () => {
    const store = storeAt();
    store.apply(snapshot({ interfaces: [interfaceFrame(), interfaceFrame({ name: "wg1" })] }));
    store.apply(diff(2, { interfaces: [{ node: "local", name: "wg0", clock: 2000 }], peers: [[0, 500, 0]] }));
    store.apply(diff(3, { interfaces: [{ node: "local", name: "wg1", clock: 2000 }] }));
    expect(store.peer(path(0))?.rx_rate).toBe(500);
  });

  test("a counter that restarted gives no rate for that sample", () => {
    const store = storeAt();
    store.apply(snapshot({ peers: [peerFrame(0, { rx_bytes: 9_000_000, tx_bytes: 10 })] }));
    store.apply(
      diff(2, { interfaces: [{ node: "local", name: "wg0", clock: 2000 }], peers: [[0, 100, 900]] }),
    );
    expect(store.peer(path(0))).toMatchObject({ rx_rate: 0, tx_rate: 0, rx_bytes: 100 });
    store.apply(
      diff(3, { interfaces: [{ node: "local", name: "wg0", clock: 3000 }], peers: [[0, 200, 900]] }),
    );
    expect(store.peer(path(0))?.rx_rate).toBe(100);
  });

  test("samples half a second apart or less are measured together", () => {
    const store = storeAt();
    store.apply(snapshot());
    store.apply(
      diff(2, { interfaces: [{ node: "local", name: "wg0", clock: 2000 }], peers: [[0, 1000, 0]] }),
    );
    store.apply(diff(3, { interfaces: [{ node: "local", name: "wg0", clock: 2030 }] }));
    expect(store.peer(path(0))?.rx_rate).toBe(1000);
    store.apply(diff(4, { interfaces: [{ node: "local", name: "wg0", clock: 2060 }], peers: [[1, 600, 0]] }));
    expect(store.peer(path(1))).toMatchObject({ rx_rate: 0, rx_bytes: 600 });
    store.apply(diff(5, { interfaces: [{ node: "local", name: "wg0", clock: 3000 }] }));
    expect([store.peer(path(0))?.rx_rate, store.peer(path(1))?.rx_rate]).toEqual([0, 600]);
  });

  test("bytes that come without a clock count for the next rates", () => {
    const store = storeAt();
    store.apply(snapshot());
    store.apply(diff(2, { peers: [[0, 300, 0]] }));
    expect(store.peer(path(0))).toMatchObject({ rx_rate: 0, rx_bytes: 300 });
    store.apply(diff(3, { interfaces: [{ node: "local", name: "wg0", clock: 2000 }] }));
    expect(store.peer(path(0))?.rx_rate).toBe(300);
  });

  test("a burst after a quiet stretch is measured by its own sample", () => {
    const store = storeAt();
    store.apply(snapshot());
    const burst = { node: "local", name: "wg0", clock: 302_000, previous_clock: 301_000 };
    store.apply(diff(2, { interfaces: [burst], peers: [[0, 1_000_000, 0]] }));
    expect(store.peer(path(0))?.rx_rate).toBe(1_000_000);
    expect(store.interface(WG0)?.rx_rate).toBe(1_000_000);
    store.apply(
      diff(3, { interfaces: [{ node: "local", name: "wg0", clock: 303_000, previous_clock: 302_000 }] }),
    );
    expect(store.interface(WG0)?.rx_rate).toBe(0);
  });

  test("a burst in too short a sample is measured from where it began, with the sample after it", () => {
    const store = storeAt();
    store.apply(snapshot());
    const first = { node: "local", name: "wg0", clock: 301_250, previous_clock: 301_000 };
    store.apply(diff(2, { interfaces: [first], peers: [[0, 1000, 0]] }));
    expect(store.peer(path(0))).toMatchObject({ rx_rate: 0, rx_bytes: 1000 });
    const second = { node: "local", name: "wg0", clock: 302_250, previous_clock: 301_250 };
    store.apply(diff(3, { interfaces: [second], peers: [[0, 2500, 0]] }));
    expect(store.peer(path(0))?.rx_rate).toBe(2000);
  });

  test("frames that were merged are measured from the sample before the first of them", () => {
    const store = storeAt();
    store.apply(snapshot());
    const merged = { node: "local", name: "wg0", clock: 105_000, previous_clock: 101_000 };
    store.apply({
      ...diff(5, { interfaces: [merged], peers: [[0, 4000, 8000]] }),
      since: 1,
    });
    expect(store.peer(path(0))).toMatchObject({ rx_rate: 1000, tx_rate: 2000 });
  });

  test("a counter that restarted in a quiet stretch gives no rate for that sample, and the right one after", () => {
    const store = storeAt();
    store.apply(snapshot({ peers: [peerFrame(0, { rx_bytes: 9_000_000 })] }));
    const fell = { node: "local", name: "wg0", clock: 302_000, previous_clock: 301_000 };
    store.apply(diff(2, { interfaces: [fell], peers: [[0, 100, 0]] }));
    expect(store.peer(path(0))).toMatchObject({ rx_rate: 0, rx_bytes: 100 });
    const next = { node: "local", name: "wg0", clock: 402_000, previous_clock: 401_000 };
    store.apply(diff(3, { interfaces: [next], peers: [[0, 600, 0]] }));
    expect(store.peer(path(0))?.rx_rate).toBe(500);
  });

  test("a clock that began anew gives no rate, whatever the sample before it says", () => {
    const store = storeAt();
    store.apply(snapshot());
    const anew = { node: "local", name: "wg0", clock: 700, previous_clock: 1000 };
    store.apply(diff(2, { interfaces: [anew], peers: [[0, 5000, 0]] }));
    expect(store.peer(path(0))?.rx_rate).toBe(0);
    const next = { node: "local", name: "wg0", clock: 1700, previous_clock: 700 };
    store.apply(diff(3, { interfaces: [next], peers: [[0, 6000, 0]] }));
    expect(store.peer(path(0))?.rx_rate).toBe(1000);
  });

  test("what a frame says of one sample only is not kept with the interface", () => {
    const store = storeAt();
    store.apply(snapshot());
    store.apply(diff(2, { interfaces: [{ node: "local", name: "wg0", clock: 9000, previous_clock: 8000 }] }));
    expect(store.interface(WG0)).not.toHaveProperty("previous_clock");
  });

  test("a clock that fell gives no rate", () => {
    const store = storeAt();
    store.apply(snapshot());
    store.apply(diff(2, { interfaces: [{ node: "local", name: "wg0", clock: 5 }], peers: [[0, 5000, 0]] }));
    expect(store.peer(path(0))?.rx_rate).toBe(0);
  });

  test("fields that changed come with the counters, the others stay", () => {
    const store = storeAt();
    store.apply(snapshot());
    const change: PeerChange = [1, 5, 6, { latest_handshake: 0, endpoint: "[2001:db8::1]:7" }];
    store.apply(diff(2, { peers: [change] }));
    expect(store.peer(path(1))).toMatchObject({
      endpoint: "[2001:db8::1]:7",
      presence: "never",
      allowed_ips: ["10.0.0.1/32"],
      rx_bytes: 5,
    });
  });

  test("a peer that is removed and comes back in one frame is there with its new id", () => {
    const store = storeAt();
    store.apply(snapshot());
    store.apply(diff(2, { removed: [0], added: [peerFrame(7, { public_key: peerFrame(0).public_key })] }));
    store.apply(diff(3, { interfaces: [{ node: "local", name: "wg0", clock: 2000 }], peers: [[7, 50, 0]] }));
    expect(store.peer(path(0))?.rx_rate).toBe(50);
    expect(store.interface(WG0)?.peers_total).toBe(2);
  });

  test("an interface that is no longer watched goes, and its peers", () => {
    const store = storeAt();
    store.apply(snapshot());
    store.apply(
      diff(2, { removed: [0, 1], removed_interfaces: [["local", "wg0"]], removed_nodes: ["local"] }),
    );
    expect([store.interfaces(), store.nodes(), store.peer(path(0))]).toEqual([[], [], undefined]);
  });

  test("an interface with an error keeps its last known peers", () => {
    const store = storeAt();
    store.apply(snapshot());
    store.apply(diff(2, { interfaces: [{ ...interfaceFrame(), error: "permission denied" }] }));
    expect(store.interface(WG0)).toMatchObject({ error: "permission denied", peers_total: 2 });
  });

  test("a diff that does not follow is refused and changes nothing", () => {
    const store = storeAt();
    store.apply(snapshot());
    const before = store.peer(path(0));
    expect(store.apply({ ...diff(5), peers: [[0, 9, 9]] })).toBe(false);
    expect(store.apply({ ...diff(2), epoch: "e2" })).toBe(false);
    expect(store.peer(path(0))).toBe(before);
    expect(store.position?.sequence).toBe(1);
  });

  test("a node keeps its last look where a diff has none", () => {
    const store = storeAt();
    store.apply(snapshot());
    const { system: _, ...rest } = nodeFrame({ sampled_at: AT + 1, online: false });
    store.apply(diff(2, { nodes: [rest] }));
    expect(store.node("local")).toMatchObject({
      online: false,
      sampled_at: AT + 1,
      system: { hostname: "gw" },
    });
  });

  test("network rates of a node come from two looks and the clock beside them", () => {
    const store = storeAt();
    store.apply(snapshot());
    const system = systemStatus({ net_bytes_recv: 2600, net_bytes_sent: 1300 });
    const interfaces = [{ node: "local", name: "wg0", clock: 1500 }];
    store.apply(diff(2, { nodes: [nodeFrame({ system })], interfaces }));
    expect(store.node("local")).toMatchObject({ net_rx_rate: 1200, net_tx_rate: 600 });
  });
});

describe("whether a node is fresh", () => {
  function heardAtPace(sampleSeconds: number) {
    const time = { now: AT };
    const store = storeAt(time);
    store.apply(snapshot({ nodes: [nodeFrame({ sample_seconds: sampleSeconds })] }));
    const freshAfter = (seconds: number) => {
      time.now = AT + seconds;
      return store.isFresh("local");
    };
    return { store, freshAfter };
  }

  test.each([
    [1, 4],
    [10, 31],
  ])("at a pace of %i s it is for %i s after a frame told of it", (pace, seconds) => {
    const { freshAfter } = heardAtPace(pace);
    expect([freshAfter(0), freshAfter(seconds), freshAfter(seconds + 0.1)]).toEqual([true, true, false]);
  });

  test("only a frame that tells of the node counts", () => {
    const { store, freshAfter } = heardAtPace(1);
    freshAfter(3);
    store.apply(diff(2, { interfaces: [{ node: "local", name: "wg0", clock: 4000 }] }));
    expect(freshAfter(5)).toBe(false);
    store.apply(diff(3, { nodes: [nodeFrame({ sampled_at: AT + 5 })] }));
    expect([freshAfter(9), freshAfter(9.1)]).toEqual([true, false]);
  });

  test("the pace may change with any frame", () => {
    const { store, freshAfter } = heardAtPace(10);
    freshAfter(2);
    store.apply(diff(2, { nodes: [nodeFrame({ sample_seconds: 1 })] }));
    expect([freshAfter(6), freshAfter(6.1)]).toEqual([true, false]);
  });

  test("an offline node is not, nor is one that nobody told of", () => {
    const { store } = heardAtPace(1);
    store.apply(diff(2, { nodes: [nodeFrame({ online: false })] }));
    expect([store.isFresh("local"), store.isFresh("berlin")]).toEqual([false, false]);
  });
});

describe("who is woken", () => {
  test("only a row whose peer changed", () => {
    const store = storeAt();
    store.apply(snapshot());
    const [changed, unchanged] = [vi.fn(), vi.fn()];
    store.onPeer(path(0), changed);
    store.onPeer(path(1), unchanged);
    const before = store.peer(path(1));
    store.apply(diff(2, { peers: [[0, 1, 1]] }));
    expect(changed).toHaveBeenCalledTimes(1);
    expect(unchanged).not.toHaveBeenCalled();
    expect(store.peer(path(1))).toBe(before);
  });

  test("nobody after the undo", () => {
    const store = storeAt();
    store.apply(snapshot());
    const listener = vi.fn();
    store.onPeer(path(0), listener)();
    store.apply(diff(2, { peers: [[0, 1, 1]] }));
    expect(listener).not.toHaveBeenCalled();
  });

  test("a row, when time alone makes its peer idle", () => {
    const time = { now: AT };
    const store = storeAt(time);
    store.apply(snapshot());
    const listener = vi.fn();
    store.onPeer(path(0), listener);
    time.now = AT + 169;
    store.tick();
    expect(store.peer(path(0))?.presence).toBe("active");
    time.now = AT + 171;
    store.tick();
    expect(store.peer(path(0))?.presence).toBe("idle");
    expect(store.interface(WG0)?.peers_active).toBe(0);
    expect(listener).toHaveBeenCalledTimes(1);
  });

  test("presence goes by the server's clock, not by this machine's", () => {
    const store = storeAt({ now: AT - 5000 });
    store.apply(snapshot({ peers: [peerFrame(0, { latest_handshake: AT - 200 })] }));
    expect(store.peer(path(0))?.presence).toBe("idle");
  });
});

/** A server in small: peers that come, go, count and restart, as snapshot or as diff. */
function world(random: () => number) {
  const peers = new Map<number, PeerFrame>();
  let [nextId, clock, sequence] = [0, 1000, 1];
  const key = (id: number) => `key${id % 40}=`;
  const free = () => {
    const used = new Set([...peers.values()].map((peer) => peer.public_key));
    while (used.has(key(nextId))) nextId += 1;
    nextId += 1;
    return nextId - 1;
  };
  const add = () => {
    const id = free();
    const peer = peerFrame(id, { public_key: key(id), rx_bytes: Math.floor(random() * 1e6) });
    peers.set(id, peer);
    return peer;
  };
  for (let count = 0; count < 20; count += 1) add();
  return {
    snapshot: () =>
      snapshot({
        sequence,
        at: AT + sequence,
        peers: [...peers.values()],
        interfaces: [interfaceFrame({ clock })],
      }),
    step(): DiffFrame {
      sequence += 1;
      if (random() < 0.2) clock += 300_000;
      const previous_clock = clock;
      clock += 200 + Math.floor(random() * 3000);
      const removed = [...peers.keys()].filter(() => random() < 0.05);
      for (const id of removed) peers.delete(id);
      const changes: PeerChange[] = [];
      for (const [id, peer] of peers) {
        if (random() > 0.4) continue;
        const restarts = random() < 0.1;
        const rx = restarts ? 0 : peer.rx_bytes + Math.floor(random() * 5000);
        const tx = restarts ? 0 : peer.tx_bytes + Math.floor(random() * 5000);
        const handshake = random() < 0.2 ? AT + sequence : peer.latest_handshake;
        peers.set(id, { ...peer, rx_bytes: rx, tx_bytes: tx, latest_handshake: handshake });
        changes.push(
          handshake === peer.latest_handshake ? [id, rx, tx] : [id, rx, tx, { latest_handshake: handshake }],
        );
      }
      const added = random() < 0.5 && peers.size < 35 ? [add()] : [];
      return diff(sequence, {
        at: AT + sequence,
        interfaces: [{ node: "local", name: "wg0", clock, previous_clock }],
        removed,
        added,
        peers: changes,
      });
    },
  };
}

describe("any course of events", () => {
  test.each(Array.from({ length: 60 }, (_, seed) => seed))(
    "ends where a later snapshot ends, seed %i",
    (seed) => {
      const random = seeded(seed);
      const server = world(random);
      const [follower, newcomer] = [storeAt(), storeAt()];
      follower.apply(server.snapshot());
      for (let step = 0; step < 40; step += 1) {
        expect(follower.apply(server.step())).toBe(true);
        for (const peer of follower.peersOf(WG0).values()) {
          expect(peer.rx_rate).toBeGreaterThanOrEqual(0);
          // At most 5000 bytes in at least 0.2 s.
          expect(peer.rx_rate).toBeLessThanOrEqual(25_000);
        }
      }
      newcomer.apply(server.snapshot());
      const still = (store: StatusStore) =>
        [...store.peersOf(WG0).values()]
          .map((peer) => ({ ...peer, rx_rate: 0, tx_rate: 0 }))
          .sort((a, b) => a.path.localeCompare(b.path));
      expect(still(follower)).toEqual(still(newcomer));
      const { rx_rate: _rx, tx_rate: _tx, ...sums } = follower.interface(WG0)!;
      expect(newcomer.interface(WG0)).toMatchObject(sums);
      expect(follower.interface(WG0)?.rx_rate).toBeCloseTo(
        follower.movingPeers().reduce((sum, peer) => sum + peer.rx_rate, 0),
      );
    },
  );
});
