import { expect, test } from "vitest";
import { waitingState } from "@/features/interfaces/waiting-state";

const DEADLINE = "2026-11-23T12:01:00Z";
const AT = Date.parse(DEADLINE) / 1000;

test("counts down by the server's clock, whatever this machine's says", () => {
  expect(waitingState(DEADLINE, { received_at: 100 }, AT - 41.5, 118.5).secondsLeft).toBe(42);
});

test("may be kept from three seconds after the answer, by this machine's clock", () => {
  const keepIn = (here: number) => waitingState(DEADLINE, { received_at: 100 }, AT - 60, here).keepIn;
  expect([keepIn(100), keepIn(101.2), keepIn(103)]).toEqual([3, 2, 0]);
});

test("is over a moment after its deadline", () => {
  const over = (now: number) => waitingState(DEADLINE, null, now, 0).isOver;
  expect([over(AT - 1), over(AT + 1), over(AT + 3)]).toEqual([false, false, true]);
});
