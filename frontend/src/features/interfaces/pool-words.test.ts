import { expect, test } from "vitest";
import { bare, poolPercent, poolSize, poolWords } from "@/features/interfaces/pool-words";

const pool = { prefix: "10.0.0.0/24", size: 256, used: 3, reserved: 1, resting: 0, free: 250, next: null };

test("a pool tells what its addresses are", () => {
  expect(poolWords(pool)).toBe("3 used, 1 reserved, 250 free");
  expect(poolWords({ ...pool, used: 0, reserved: 0 })).toBe("nothing used, 250 free");
});

test("a pool of IPv6 is counted in powers of two", () => {
  expect([poolSize(65_534), poolSize(2 ** 64 - 3)]).toEqual(["65,534", "2⁶⁴"]);
});

test("what cannot be given away counts as used", () => {
  expect(poolPercent({ size: 256, free: 192 })).toBe(25);
  expect(poolPercent({ size: 0, free: 0 })).toBe(100);
});

test("a single address is written without its length, a part of a pool with it", () => {
  expect([bare("10.0.0.5/32"), bare("fd00::5/128"), bare("10.0.0.8/29")]).toEqual([
    "10.0.0.5",
    "fd00::5",
    "10.0.0.8/29",
  ]);
});
