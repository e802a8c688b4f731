import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import type { Rule } from "@/features/policies/policy-documents";
import { SecondFactorForm } from "@/features/policies/second-factor-form";
import { Around } from "@/testing/fake-live";
import { type Answer, fakeServer, refused } from "@/testing/fake-server";

const held = (...emails: string[]) => ({ count: emails.length, emails });
const policy = {
  rule: "optional",
  admins: held("bob@example.net"),
  all: held("bob@example.net", "v@example.net"),
};

function show(answers: Record<string, Answer>, { mayChange = true, hasOwn = true } = {}) {
  const asked = fakeServer(answers);
  render(
    <Around>
      <SecondFactorForm mayChange={mayChange} hasOwn={hasOwn} toOwn="Set up one of your own first." />
    </Around>,
  );
  return asked;
}

test("who would be held back is said before a rule is set, and nothing is asked for by choosing", async () => {
  let rule: Rule = "optional";
  const asked = show({
    "GET /api/v1/policies/second-factor": () => ({ ...policy, rule }),
    "PUT /api/v1/policies/second-factor": (body) => {
      rule = (body as { rule: Rule }).rule;
      return [204, null];
    },
  });
  await userEvent.click(await screen.findByRole("radio", { name: /^Everybody/ }));
  expect(screen.getByText(/bob@example.net and v@example.net are without a second factor/)).toBeTruthy();
  expect(asked.map(({ method }) => method)).toEqual(["GET"]);
  await userEvent.click(screen.getByRole("button", { name: "Leave it" }));
  expect(screen.getByRole("radio", { name: /^Optional/ })).toHaveProperty("checked", true);
  await userEvent.click(screen.getByRole("radio", { name: /Owners and admins/ }));
  await userEvent.click(screen.getByRole("button", { name: "Set this rule" }));
  await expect.poll(() => screen.queryByRole("button", { name: "Set this rule" })).toBeNull();
  expect(asked.find(({ method }) => method === "PUT")?.body).toEqual({ rule: "admins" });
  expect(screen.getByRole("radio", { name: /Owners and admins/ })).toHaveProperty("checked", true);
});

test("whoever has none cannot ask others for one", async () => {
  show({ "GET /api/v1/policies/second-factor": policy }, { hasOwn: false });
  expect(await screen.findByText("Set up one of your own first.")).toBeTruthy();
  expect(screen.getByRole("radio", { name: /^Everybody/ })).toHaveProperty("disabled", true);
});

test("whoever may only read changes nothing", async () => {
  show({ "GET /api/v1/policies/second-factor": { ...policy, rule: "all" } }, { mayChange: false });
  expect(await screen.findByRole("radio", { name: /^Everybody/ })).toHaveProperty("checked", true);
  expect(screen.getByRole("radio", { name: /^Optional/ })).toHaveProperty("disabled", true);
});

test("what the server refuses is said, and the rule stays", async () => {
  show({
    "GET /api/v1/policies/second-factor": policy,
    "PUT /api/v1/policies/second-factor": refused(409, "Set up a second factor of your own first."),
  });
  await userEvent.click(await screen.findByRole("radio", { name: /^Everybody/ }));
  await userEvent.click(screen.getByRole("button", { name: "Set this rule" }));
  expect((await screen.findByRole("alert")).textContent).toContain("of your own first");
});
