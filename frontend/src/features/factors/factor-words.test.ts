import { expect, test } from "vitest";
import { codesFile, codesLeft, grouped } from "@/features/factors/factor-words";

test("a secret is in groups of four, and still the same", () => {
  expect(grouped("ABCDEFGHIJ")).toBe("ABCD EFGH IJ");
  expect(grouped("ABCD")).toBe("ABCD");
});

test("says when recovery codes run out", () => {
  expect([10, 3, 0].map(codesLeft)).toEqual([
    "10 of 10 left.",
    "3 of 10 left. Make new ones soon.",
    "None is left. Make new ones.",
  ]);
});

test("a file of codes has one a line", () => {
  expect(codesFile(["a", "b"], "vpn.example.com")).toBe(
    "Recovery codes of Sentra at vpn.example.com. Each works once.\n\na\nb\n",
  );
});
