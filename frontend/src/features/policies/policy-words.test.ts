import { expect, test } from "vitest";
import type { SecondFactorPolicy } from "@/features/policies/policy-documents";
import { consequences } from "@/features/policies/policy-words";

const none = { count: 0, emails: [] };
const policy: SecondFactorPolicy = { rule: "optional", admins: none, all: none };
const first = (all: SecondFactorPolicy["all"]) => consequences({ ...policy, all }, "all")[0];

test("says who is held back, by name where there are few", () => {
  expect(first({ count: 1, emails: ["a@x.net"] })).toMatch(/^a@x\.net is without a second factor/);
  expect(first({ count: 3, emails: ["a@x.net", "b@x.net", "c@x.net"] })).toMatch(
    /^a@x\.net, b@x\.net and c@x\.net are without/,
  );
  expect(first({ count: 9, emails: ["a@x.net", "b@x.net"] })).toMatch(
    /^a@x\.net, b@x\.net and 7 more are without/,
  );
});

test("says that nobody is", () => {
  expect(consequences(policy, "admins")).toEqual([
    "Everybody concerned has a second factor already. Nobody notices a thing.",
  ]);
  expect(consequences(policy, "optional")[0]).toContain("Whoever has one keeps it");
});
