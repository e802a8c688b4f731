import { expect, test } from "vitest";
import { changedWords, fieldWords } from "@/features/interfaces/history-words";

test("a few fields are named, of many the first", () => {
  expect(changedWords(["listen_port", "dns"])).toBe("listen port, DNS");
  const many = Array.from({ length: 200 }, (_, number) => `field_${number}`);
  expect(changedWords(many)).toBe("field 0, field 1, field 2 and 197 more");
});

test("of many peers each field is named once", () => {
  const both = ["enabled", "disabled_reason"];
  const of = (count: number) =>
    Array.from({ length: count }, (_, peer) => both.map((field) => `peer ${peer}: ${field}`)).flat();
  expect(changedWords(of(12))).toBe("enabled, disabled reason of 12 peers");
  expect(changedWords(of(100))).toBe("enabled, disabled reason of at least 100 peers");
});

test("a field is called as people call it, whatever its peer is called", () => {
  expect(fieldWords("client_keepalive")).toBe("keepalive of the peer");
  expect(fieldWords("a_b: c: listen_port")).toBe("a_b: c: listen port");
});
