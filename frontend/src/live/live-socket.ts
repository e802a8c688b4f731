import { backoffSeconds } from "@/live/backoff";
import type { ServerFrame, StatusFrame } from "@/live/status-frames";
import type { Position } from "@/live/status-store";
import type { Link } from "@/live/status-types";

/** No frame for this long, and the connection is given up: heartbeats come each 20 s. */
const DEADLINE_SECONDS = 45;
/** Silence after which a page that becomes visible again does not trust its connection. */
const DISTRUST_SECONDS = 25;

const SESSION_ENDED = 4401;
const RIGHTS_LOST = 4403;

export type WebSocketLike = Pick<
  WebSocket,
  "send" | "close" | "onopen" | "onmessage" | "onclose" | "onerror"
>;
export type Timers = Readonly<{
  set: (callback: () => void, seconds: number) => number;
  clear: (timer: number) => void;
}>;

export type LiveSocketOptions = Readonly<{
  address: string;
  connect: (address: string) => WebSocketLike;
  /** Takes a frame in; false where frames were lost before it. */
  apply: (frame: StatusFrame) => boolean;
  position: () => Position | null;
  now: () => number;
  timers: Timers;
  random: () => number;
  /** Whether a person can see the page: that counts as use of the session. */
  isVisible: () => boolean;
  onLink: (link: Link) => void;
  onSessionEnded: () => void;
  /** A connection was refused before it opened; a browser does not tell why. */
  onRefused: () => void;
}>;

/** Keeps one connection to the status stream, for as long as it is started. */
export class LiveSocket {
  readonly #options: LiveSocketOptions;
  #socket: WebSocketLike | null = null;
  #timer: number | null = null;
  #failures = 0;
  #heardAt = 0;
  #resume = true;
  #running = false;
  #isOpen = false;

  constructor(options: LiveSocketOptions) {
    this.#options = options;
  }

  /** When the last frame of any kind came, by `now`. */
  get heardAt(): number {
    return this.#heardAt;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#connect();
  }

  stop(): void {
    this.#running = false;
    this.#clearTimer();
    this.#abandon();
  }

  /** The page was shown or hidden. */
  visibilityChanged(): void {
    this.#pong();
    if (this.#options.isVisible()) this.nudge();
  }

  /** The network or the page came back: try at once, or leave a connection that has gone silent. */
  nudge(): void {
    if (!this.#running) return;
    const silent = this.#options.now() - this.#heardAt > DISTRUST_SECONDS;
    if (this.#socket !== null && !silent) return;
    this.#failures = 0;
    this.#connect();
  }

  #connect(): void {
    this.#clearTimer();
    this.#abandon();
    const position = this.#resume ? this.#options.position() : null;
    this.#resume = true;
    const socket = this.#options.connect(addressAt(this.#options.address, position));
    this.#socket = socket;
    this.#heardAt = this.#options.now();
    this.#isOpen = false;
    socket.onopen = () => {
      this.#isOpen = true;
      this.#arm();
      this.#pong();
    };
    socket.onmessage = (event) => this.#hear(event.data);
    socket.onclose = (event) => {
      this.#socket = null;
      if (!this.#isOpen) this.#options.onRefused();
      this.#isOpen = false;
      this.#closed(event.code);
    };
    this.#arm();
  }

  #hear(data: unknown): void {
    this.#heardAt = this.#options.now();
    this.#arm();
    const frame = parse(data);
    if (frame?.type === "heartbeat") this.#pong();
    else if (frame?.type === "snapshot" || frame?.type === "diff") this.#take(frame);
  }

  #pong(): void {
    if (this.#isOpen)
      this.#socket?.send(JSON.stringify({ type: "pong", visible: this.#options.isVisible() }));
  }

  #take(frame: StatusFrame): void {
    if (this.#options.apply(frame)) {
      this.#failures = 0;
      this.#options.onLink("open");
      return;
    }
    this.#resume = false;
    this.#abandon();
    this.#retry();
  }

  #closed(code: number): void {
    this.#clearTimer();
    if (!this.#running) return;
    if (code === SESSION_ENDED) {
      this.#running = false;
      this.#options.onLink("ended");
      this.#options.onSessionEnded();
      return;
    }
    if (code === RIGHTS_LOST) this.#resume = false;
    this.#retry();
  }

  #retry(): void {
    this.#options.onLink("waiting");
    const seconds = backoffSeconds(this.#failures, this.#options.random);
    this.#failures += 1;
    this.#clearTimer();
    this.#timer = this.#options.timers.set(() => this.#connect(), seconds);
  }

  /** Start the deadline again. */
  #arm(): void {
    this.#clearTimer();
    this.#timer = this.#options.timers.set(() => {
      this.#abandon();
      this.#retry();
    }, DEADLINE_SECONDS);
  }

  #abandon(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#isOpen = false;
    if (!socket) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  #clearTimer(): void {
    if (this.#timer !== null) this.#options.timers.clear(this.#timer);
    this.#timer = null;
  }
}

function addressAt(address: string, position: Position | null): string {
  if (!position) return address;
  return `${address}?epoch=${encodeURIComponent(position.epoch)}&sequence=${position.sequence}`;
}

function parse(data: unknown): ServerFrame | null {
  try {
    return typeof data === "string" ? (JSON.parse(data) as ServerFrame) : null;
  } catch {
    return null;
  }
}
