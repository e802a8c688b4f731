import { expect, test } from "vitest";
import { entriesOf, entriesText } from "@/lib/text-list";

test("entries are separated by commas, spaces or lines", () => {
  expect(entriesOf(" 10.0.0.0/8,fd00::/8\n 192.168.0.0/16 ,, ")).toEqual([
    "10.0.0.0/8",
    "fd00::/8",
    "192.168.0.0/16",
  ]);
  expect(entriesOf(" ")).toEqual([]);
});

test("what is edited is what was entered", () => {
  expect(entriesOf(entriesText(["a", "b"]))).toEqual(["a", "b"]);
  expect(entriesText(null)).toBe("");
});
