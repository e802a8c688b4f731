import type { WaitingChange } from "@/api/waiting-change";

/** From this long after its answer a change may be kept: whoever cut themselves off could not have. */
const LEAST_SECONDS = 3;
/** The deadline is told in whole seconds, and the server acts a moment after it. */
const SLACK_SECONDS = 2;

export type WaitingState = Readonly<{
  secondsLeft: number;
  /** Seconds until it may be kept, 0 from then on. */
  keepIn: number;
  isOver: boolean;
}>;

/**
 * How a change that waits is doing.
 *
 * @param now the server's time in Unix seconds
 * @param here this machine's, by which `received_at` was taken
 */
export function waitingState(
  deadlineAt: string,
  waiting: Pick<WaitingChange, "received_at"> | null,
  now: number,
  here: number,
): WaitingState {
  const left = Date.parse(deadlineAt) / 1000 - now;
  return {
    secondsLeft: Math.max(0, Math.ceil(left)),
    keepIn: waiting ? Math.max(0, Math.ceil(LEAST_SECONDS - (here - waiting.received_at))) : 0,
    isOver: left < -SLACK_SECONDS,
  };
}
