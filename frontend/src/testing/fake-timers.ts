import type { Timers } from "@/live/live-socket";

/** A clock and timers that move only when told. */
export class FakeTimers implements Timers {
  time = 0;
  #next = 1;
  readonly #waiting = new Map<number, { at: number; callback: () => void }>();

  now = () => this.time;

  set = (callback: () => void, seconds: number): number => {
    this.#waiting.set(this.#next, { at: this.time + seconds, callback });
    this.#next += 1;
    return this.#next - 1;
  };

  clear = (timer: number): void => {
    this.#waiting.delete(timer);
  };

  get pending(): number {
    return this.#waiting.size;
  }

  advance(seconds: number): void {
    const end = this.time + seconds;
    for (;;) {
      const due = [...this.#waiting].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      const [timer, { at, callback }] = due;
      this.#waiting.delete(timer);
      this.time = at;
      callback();
    }
    this.time = end;
  }
}
