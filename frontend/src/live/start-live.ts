import type { Undo } from "@/lib/listeners";
import { LiveSocket, type LiveSocketOptions } from "@/live/live-socket";
import { ServerClock } from "@/live/server-clock";
import { StatusHistory } from "@/live/status-history";
import { StatusStore } from "@/live/status-store";

const TICK_MILLISECONDS = 1000;

/** The status store, its history and the connection that feeds them. */
export type Live = Readonly<{
  store: StatusStore;
  history: StatusHistory;
  /** Seconds since anything came over the connection. */
  silentSeconds: () => number;
  start: () => Undo;
}>;

export type LiveOptions = Pick<LiveSocketOptions, "address" | "onSessionEnded" | "onRefused">;

const monotonicSeconds = () => performance.now() / 1000;

/** Wire the live parts to this browser's clock, timers and network. */
export function createLive(options: LiveOptions): Live {
  const store = new StatusStore(new ServerClock(() => Date.now() / 1000), monotonicSeconds);
  const history = new StatusHistory(store);
  const socket = new LiveSocket({
    ...options,
    connect: (address) => new WebSocket(address),
    apply: (frame) => store.apply(frame),
    position: () => store.position,
    now: monotonicSeconds,
    timers: {
      set: (callback, seconds) => window.setTimeout(callback, seconds * 1000),
      clear: (timer) => window.clearTimeout(timer),
    },
    random: Math.random,
    isVisible: () => document.visibilityState === "visible",
    onLink: (link) => store.setLink(link),
  });
  return {
    store,
    history,
    silentSeconds: () => monotonicSeconds() - socket.heardAt,
    start: () => startAll(store, history, socket),
  };
}

function startAll(store: StatusStore, history: StatusHistory, socket: LiveSocket): Undo {
  const stopHistory = history.follow();
  const ticker = window.setInterval(() => store.tick(), TICK_MILLISECONDS);
  const nudge = () => socket.nudge();
  const visibilityChanged = () => socket.visibilityChanged();
  window.addEventListener("online", nudge);
  document.addEventListener("visibilitychange", visibilityChanged);
  socket.start();
  return () => {
    socket.stop();
    window.removeEventListener("online", nudge);
    document.removeEventListener("visibilitychange", visibilityChanged);
    window.clearInterval(ticker);
    stopHistory();
  };
}
