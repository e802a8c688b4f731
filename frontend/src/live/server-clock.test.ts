import { expect, test } from "vitest";
import { ServerClock } from "@/live/server-clock";

test("takes the largest difference, since frames come late and are cut to seconds", () => {
  const time = { now: 100 };
  const clock = new ServerClock(() => time.now);
  clock.learn(159);
  time.now = 100.2;
  clock.learn(160);
  expect(clock.now()).toBeCloseTo(160);
  time.now = 101.9;
  clock.learn(161);
  expect(clock.now()).toBeCloseTo(161.7);
});

test("believes a frame that says the clock was set", () => {
  const time = { now: 100 };
  const clock = new ServerClock(() => time.now);
  clock.learn(160);
  time.now = 4000;
  clock.learn(161);
  expect(clock.now()).toBe(161);
});
