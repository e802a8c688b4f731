import { expect, test } from "vitest";
import { returnPath } from "@/lib/return-path";

test.each(["/", "/account", "/interfaces/local/wg0?q=is:active&peer=a%2Bb="])("goes back to %s", (path) =>
  expect(returnPath(path)).toBe(path),
);

test.each([
  undefined,
  "",
  "https://evil.example/",
  "//evil.example",
  "/\\evil.example",
  "/\t/evil.example",
  "javascript:alert(1)",
  "account",
  "/sign-in?to=/",
  "/setup",
])("does not go to %s", (path) => expect(returnPath(path)).toBe("/"));
