/** Receive and transmit over time, newest last; null is a gap. Rates in bytes a second, time in Unix seconds. */
export type RatePoints = Readonly<{
  at: readonly number[];
  rx: readonly (number | null)[];
  tx: readonly (number | null)[];
}>;

/** A clock that was set back by more than this starts the series anew. */
const STEP_SECONDS = 5;

/** Keeps the points of the last `seconds`. */
export class RateSeries implements RatePoints {
  readonly at: number[] = [];
  readonly rx: (number | null)[] = [];
  readonly tx: (number | null)[] = [];
  readonly #seconds: number;

  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  get lastAt(): number {
    return this.at.at(-1) ?? Number.NEGATIVE_INFINITY;
  }

  push(at: number, rx: number | null, tx: number | null): void {
    if (this.lastAt - at > STEP_SECONDS) this.#clear();
    if (at <= this.lastAt) {
      // The clock has not moved, but what is known has.
      this.rx[this.rx.length - 1] = rx;
      this.tx[this.tx.length - 1] = tx;
      return;
    }
    this.at.push(at);
    this.rx.push(rx);
    this.tx.push(tx);
    this.#trim(at - this.#seconds);
  }

  /** Mark that nothing is known from here on. */
  gap(at: number): void {
    if (this.at.length > 0 && this.rx.at(-1) !== null) this.push(at, null, null);
  }

  #clear(): void {
    for (const column of [this.at, this.rx, this.tx]) column.length = 0;
  }

  // In steps of a tenth, so that most pushes move nothing.
  #trim(oldest: number): void {
    const slack = this.#seconds / 10;
    if ((this.at[0] ?? oldest) >= oldest - slack) return;
    const keep = this.at.findIndex((at) => at >= oldest);
    for (const column of [this.at, this.rx, this.tx]) column.splice(0, keep);
  }
}
