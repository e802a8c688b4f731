import { describe, expect, test } from "vitest";
import {
  formatAge,
  formatBytes,
  formatCount,
  formatMoment,
  formatPercent,
  formatRate,
  formatUptime,
} from "@/lib/format";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "0.98 KiB"],
  [1024, "1 KiB"],
  [1500, "1.46 KiB"],
  [10_240, "10 KiB"],
  [123_456, "121 KiB"],
  [1_047_552, "1 MiB"],
  [5 * 2 ** 30, "5 GiB"],
  [2 ** 60, "1024 PiB"],
])("%i bytes are %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test.each([
  [0, "0"],
  [1, "8 bit/s"],
  [125, "1 kbit/s"],
  [124.99, "1 kbit/s"],
  [117_500_000, "940 Mbit/s"],
  [1_250_000_000, "10 Gbit/s"],
])("%d bytes a second are %s", (rate, text) => expect(formatRate(rate)).toBe(text));

describe("never more than three digits that count", () => {
  test.each([9.994, 9.996, 99.94, 99.96, 999.4, 999.6, 1023, 1023.9])("around %d", (value) => {
    for (const factor of [1, 1024, 1024 ** 2, 1000, 1_000_000])
      for (const text of [formatBytes(value * factor), formatRate((value * factor) / 8)])
        expect(text.replace(/[^\d.].*$/, "").replace(/^0\.0*|\./g, "").length, text).toBeLessThanOrEqual(3);
  });
});

test.each([
  [-3, "0 s"],
  [12.9, "12 s"],
  [59.9, "59 s"],
  [60, "1 min"],
  [3599, "59 min"],
  [7200, "2 h"],
  [200_000, "2 d"],
])("an age of %d is %s", (age, text) => expect(formatAge(age)).toBe(text));

test.each([
  [0, "0 s"],
  [725, "12 min 5 s"],
  [3600, "1 h"],
  [273_600, "3 d 4 h"],
])("%i seconds up are %s", (seconds, text) => expect(formatUptime(seconds)).toBe(text));

test("counts, percents and moments read as people write them", () => {
  expect(formatCount(1_234_567)).toBe("1,234,567");
  expect(formatPercent(3.14)).toBe("3.14 %");
  expect(formatPercent(100)).toBe("100 %");
  expect(formatMoment(0)).toMatch(/^(1970-01-01|1969-12-31) \d\d:\d\d:\d\d UTC/);
});
