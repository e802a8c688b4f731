import { expect, test } from "vitest";
import { fittingColumns, gridTemplate, PEER_COLUMNS } from "@/features/peers/peer-columns";

const ids = (hidden: string[], width: number) =>
  fittingColumns(new Set(hidden), width).map((column) => column.id);

test("a wide page has every column, a narrow one those that matter", () => {
  expect(ids([], 1200)).toHaveLength(PEER_COLUMNS.length);
  expect(ids([], 700)).toEqual([
    "presence",
    "public_key",
    "allowed_ips",
    "latest_handshake",
    "rx_rate",
    "tx_rate",
  ]);
  expect(ids([], 100)).toEqual(["presence", "public_key", "rx_rate", "tx_rate"]);
});

test("no column is ever wider than the page", () => {
  for (let width = 420; width < 2000; width += 7) {
    const total = fittingColumns(new Set(), width).reduce((sum, column) => sum + column.width, 24);
    expect(total).toBeLessThanOrEqual(width);
  }
});

test("a hidden column makes room for others", () => {
  expect(ids(["endpoint"], 1060)).toContain("persistent_keepalive");
  expect(gridTemplate(fittingColumns(new Set(), 100))).toContain("30px minmax(150px, 3fr)");
});
