import { expect, test } from "vitest";
import { passwordStrength } from "@/lib/password-strength";

test.each([
  ["", "short"],
  ["elevenchars", "short"],
  ["aaaaaaaaaaaaaaa", "weak"],
  ["abcdefghijklmnop", "weak"],
  ["123456789012345", "weak"],
  ["kitchen-bolt", "fair"],
  ["copper lantern fjord", "strong"],
] as const)("%j is %s", (password, level) => expect(passwordStrength(password).level).toBe(level));

test("says how many characters are missing", () => {
  expect(passwordStrength("tenletters").words).toContain("2 more to go");
});
