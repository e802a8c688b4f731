import { expect, test } from "vitest";
import { signInWords } from "@/features/sessions/session-words";

test("says how somebody signed in", () => {
  expect(signInWords(["pwd"])).toBe("by password");
  expect(signInWords(["pwd", "otp"])).toBe("by password and code");
  expect(signInWords(["hwk", "user"])).toBe("by passkey");
  expect(signInWords(["fed"])).toBe("by a provider");
  expect(signInWords(["iris"])).toBe("");
});
