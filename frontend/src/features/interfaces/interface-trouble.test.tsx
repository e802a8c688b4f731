import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { InterfaceTrouble } from "@/features/interfaces/interface-trouble";
import { statusOf } from "@/features/interfaces/interface-words";
import { interfaceDocument } from "@/testing/documents";

const missing = { ...statusOf(interfaceDocument()), error: "wg0 does not exist on this node" };
const show = (fields: { error?: string; managed?: boolean }) =>
  render(
    <InterfaceTrouble
      iface={{ ...missing, ...(fields.error ? { error: fields.error } : null) }}
      managed={fields.managed ?? false}
      create={<a href="/interfaces/new?name=wg0">Create wg0 here</a>}
    />,
  );

test("what is watched and not there may be created here, and is no alarm", () => {
  show({});
  expect(screen.getByText("wg0 does not exist on local")).toBeTruthy();
  expect(screen.getByRole("link", { name: "Create wg0 here" })).toBeTruthy();
  expect(screen.queryByRole("alert")).toBeNull();
});

test("what is managed and not there is trouble, which Sentra ends", () => {
  show({ managed: true });
  expect(screen.getByRole("alert").textContent).toContain("tries to bring it up by itself");
  expect(screen.queryByRole("link")).toBeNull();
});

test("what cannot be read is trouble", () => {
  show({ error: "Operation not permitted" });
  expect(screen.getByRole("alert").textContent).toContain("CAP_NET_ADMIN");
});
