export type Listener = () => void;
export type Undo = () => void;

/** Listeners by topic; whoever subscribes gets the undo. */
export class Listeners {
  readonly #topics = new Map<string, Set<Listener>>();

  add(topic: string, listener: Listener): Undo {
    const listeners = this.#topics.get(topic) ?? new Set();
    this.#topics.set(topic, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#topics.get(topic) === listeners) this.#topics.delete(topic);
    };
  }

  wake(topic: string): void {
    const listeners = this.#topics.get(topic);
    if (listeners) for (const listener of [...listeners]) listener();
  }

  /** Wake each named topic; walks whichever of the two sets is smaller. */
  wakeAll(topics: ReadonlySet<string>): void {
    if (topics.size <= this.#topics.size) for (const topic of topics) this.wake(topic);
    else for (const topic of [...this.#topics.keys()]) if (topics.has(topic)) this.wake(topic);
  }
}
