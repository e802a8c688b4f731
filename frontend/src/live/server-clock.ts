/** How far a clock may be off before the next frame overrules what was learnt from the ones before. */
const STEP_SECONDS = 5;

/** The server's time by this machine's clock, learnt from the `at` of frames. */
export class ServerClock {
  readonly #now: () => number;
  #offset: number | null = null;

  /** @param now this machine's Unix time in seconds, with fractions */
  constructor(now: () => number) {
    this.#now = now;
  }

  now(): number {
    return this.#now() + (this.#offset ?? 0);
  }

  /** `at` is cut to whole seconds and comes late, so the largest difference seen is the nearest to the truth. */
  learn(at: number): void {
    const seen = at - this.#now();
    const known = this.#offset;
    const stepped = known !== null && Math.abs(seen - known) > STEP_SECONDS;
    this.#offset = known === null || stepped ? seen : Math.max(known, seen);
  }
}
