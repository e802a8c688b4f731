// @vitest-environment jsdom
import { beforeEach, describe, expect, test, vi } from "vitest";
import { LiveSocket, type WebSocketLike } from "@/live/live-socket";
import type { Position } from "@/live/status-store";
import { FakeTimers } from "@/testing/fake-timers";
import { diff, snapshot } from "@/testing/frames";

class FakeSocket implements WebSocketLike {
  onopen: WebSocketLike["onopen"] = null;
  onmessage: WebSocketLike["onmessage"] = null;
  onclose: WebSocketLike["onclose"] = null;
  onerror: WebSocketLike["onerror"] = null;
  readonly sent: string[] = [];
  readonly address: string;
  closed = false;

  constructor(address: string) {
    this.address = address;
  }

  send = (data: unknown) => void this.sent.push(String(data));
  close = () => {
    this.closed = true;
  };

  open = () => this.#on("onopen", new Event("open"));
  say = (frame: unknown) =>
    this.#on("onmessage", new MessageEvent("message", { data: JSON.stringify(frame) }));
  end = (code: number) => this.#on("onclose", new CloseEvent("close", { code }));

  #on(name: "onopen" | "onmessage" | "onclose", event: Event) {
    (this[name] as ((event: Event) => void) | null)?.(event);
  }
}

const made: FakeSocket[] = [];
const last = () => made.at(-1)!;
const timers = new FakeTimers();
const links: string[] = [];
let position: Position | null;
let visible = true;
const apply = vi.fn(() => true);
const onSessionEnded = vi.fn();
const onRefused = vi.fn();

function start(random = () => 0.5): LiveSocket {
  const socket = new LiveSocket({
    address: "wss://sentra/stream",
    connect: (address) => {
      made.push(new FakeSocket(address));
      return last();
    },
    apply,
    position: () => position,
    now: timers.now,
    timers,
    random,
    isVisible: () => visible,
    onLink: (link) => links.push(link),
    onSessionEnded,
    onRefused,
  });
  socket.start();
  return socket;
}

beforeEach(() => {
  made.length = 0;
  links.length = 0;
  timers.advance(10_000);
  position = null;
  apply.mockReset().mockReturnValue(true);
  onSessionEnded.mockReset();
  onRefused.mockReset();
});

describe("a connection", () => {
  test("is open when its first frame is in", () => {
    const socket = start();
    last().open();
    expect(links).toEqual([]);
    last().say(snapshot());
    expect(links).toEqual(["open"]);
    expect(apply).toHaveBeenCalledWith(expect.objectContaining({ type: "snapshot" }));
    socket.stop();
  });

  test("says whether the page can be seen: when it opens, at each heartbeat, and when that changes", () => {
    const socket = start();
    socket.visibilityChanged();
    expect(last().sent).toEqual([]);
    last().open();
    last().say({ type: "heartbeat" });
    visible = false;
    socket.visibilityChanged();
    visible = true;
    const pong = (visible: boolean) => JSON.stringify({ type: "pong", visible });
    expect(last().sent).toEqual([pong(true), pong(true), pong(false)]);
    socket.stop();
  });

  test("is given up after 45 s of silence", () => {
    const socket = start(() => 0);
    last().open();
    timers.advance(40);
    last().say({ type: "heartbeat" });
    timers.advance(44);
    expect(made).toHaveLength(1);
    timers.advance(1.1);
    expect(made).toHaveLength(2);
    expect(made[0]?.closed).toBe(true);
    socket.stop();
  });

  test("leaves no timer behind when it is stopped", () => {
    const socket = start();
    last().open();
    socket.stop();
    expect(timers.pending).toBe(0);
    expect(last().closed).toBe(true);
  });

  test("ignores what it does not understand", () => {
    const socket = start();
    last().open();
    last().onmessage?.call(null as never, new MessageEvent("message", { data: "{nonsense" }));
    last().say({ type: "from-the-future" });
    expect(apply).not.toHaveBeenCalled();
    socket.stop();
  });
});

describe("a lost connection", () => {
  test("resumes where it was", () => {
    const socket = start(() => 0);
    last().open();
    last().say(snapshot());
    position = { epoch: "e 1", sequence: 17 };
    last().end(1006);
    timers.advance(0);
    expect(last().address).toBe("wss://sentra/stream?epoch=e%201&sequence=17");
    socket.stop();
  });

  test("is tried again with full jitter, up to 30 s apart", () => {
    const socket = start(() => 1);
    const waits: number[] = [];
    for (let round = 0; round < 9; round += 1) {
      const before = timers.time;
      const count = made.length;
      last().end(1006);
      while (made.length === count) timers.advance(0.25);
      waits.push(timers.time - before);
    }
    expect(waits).toEqual([0.5, 1, 2, 4, 8, 16, 30, 30, 30]);
    socket.stop();
  });

  test("starts the waits anew once a frame came", () => {
    const socket = start(() => 1);
    for (let round = 0; round < 5; round += 1) {
      last().end(1006);
      timers.advance(30);
    }
    last().open();
    last().say(snapshot());
    const count = made.length;
    last().end(1012);
    timers.advance(0.5);
    expect(made).toHaveLength(count + 1);
    socket.stop();
  });

  test("is tried at once when the network is back", () => {
    const socket = start(() => 1);
    last().end(1006);
    socket.nudge();
    expect(made).toHaveLength(2);
    timers.advance(0.6);
    expect(made).toHaveLength(2);
    socket.stop();
  });

  test("a connection that still speaks is left alone when the page comes back", () => {
    const socket = start();
    last().open();
    last().say(snapshot());
    timers.advance(20);
    socket.nudge();
    expect(made).toHaveLength(1);
    timers.advance(10);
    socket.nudge();
    expect(made).toHaveLength(2);
    socket.stop();
  });

  test("a gap starts over without resuming", () => {
    const socket = start(() => 0);
    last().open();
    last().say(snapshot());
    position = { epoch: "e1", sequence: 1 };
    apply.mockReturnValueOnce(false);
    last().say(diff(9));
    expect(made[0]?.closed).toBe(true);
    timers.advance(0);
    expect(last().address).toBe("wss://sentra/stream");
    socket.stop();
  });

  test("lost rights start over without resuming", () => {
    const socket = start(() => 0);
    last().open();
    position = { epoch: "e1", sequence: 1 };
    last().end(4403);
    timers.advance(0);
    expect(last().address).toBe("wss://sentra/stream");
    socket.stop();
  });
});

describe("the end of a session", () => {
  test("is told once, and nothing is tried again", () => {
    const socket = start(() => 0);
    last().open();
    last().end(4401);
    timers.advance(120);
    expect(onSessionEnded).toHaveBeenCalledTimes(1);
    expect(made).toHaveLength(1);
    expect(links).toEqual(["ended"]);
    socket.stop();
  });

  test("a connection that was refused asks why", () => {
    const socket = start(() => 1);
    last().end(1006);
    expect(onRefused).toHaveBeenCalledTimes(1);
    socket.stop();
  });
});
