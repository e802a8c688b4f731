// @vitest-environment jsdom
import { expect, test } from "vitest";
import { lookAfter } from "@/features/interfaces/interface-documents";
import { interfaceDocument } from "@/testing/documents";

test("what is settled is looked at seldom", () => {
  const observed = interfaceDocument({ applied: false, drift_mode: "observe" });
  const failed = interfaceDocument({ applied: false, error: "No such device." });
  expect(lookAfter([interfaceDocument(), observed, failed])).toBe(15_000);
  expect(lookAfter(undefined)).toBe(15_000);
});

test("what is on its way, or waits to be kept, is looked at often", () => {
  expect(lookAfter([interfaceDocument(), interfaceDocument({ applied: false })])).toBe(5_000);
  expect(lookAfter([interfaceDocument({ confirm_until: "2026-11-23T12:00:00Z" })])).toBe(5_000);
});
