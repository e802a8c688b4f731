import { expect, test } from "vitest";
import { RateSeries } from "@/lib/rate-series";

test("of two points of one moment the newer one holds", () => {
  const series = new RateSeries(600);
  series.push(100, 1, 2);
  series.push(100, 3, 4);
  expect([series.at, series.rx, series.tx]).toEqual([[100], [3], [4]]);
});

test("a clock that was set back by a little leaves time in order, by much begins anew", () => {
  const series = new RateSeries(600);
  series.push(100, 1, 2);
  series.push(98, 3, 4);
  expect([series.at, series.rx]).toEqual([[100], [3]]);
  series.push(50, 5, 6);
  expect([series.at, series.rx]).toEqual([[50], [5]]);
});
