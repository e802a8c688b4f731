import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { NewInterfaceForm } from "@/features/interfaces/new-interface-form";
import { interfaceDocument, interfaceResult, plan } from "@/testing/documents";
import { Around } from "@/testing/fake-live";
import { type Answer, fakeServer, wrongFields } from "@/testing/fake-server";

const SUGGESTED = {
  name: "wg1",
  addresses: ["10.7.0.1/24", "fd00:7::1/64"],
  listen_port: 51821,
  public_hosts: ["192.0.2.2"],
  mtu: 1420,
  dns: ["9.9.9.9"],
};
const SUGGESTION = "GET /api/v1/interfaces/suggestion?node=local";
const CREATE = "POST /api/v1/interfaces";

async function show(answers: Record<string, Answer>, pageHost = "localhost") {
  const asked = fakeServer({ [SUGGESTION]: SUGGESTED, ...answers });
  const onCreated = vi.fn();
  render(
    <Around>
      <NewInterfaceForm node="local" pageHost={pageHost} onCreated={onCreated} />
    </Around>,
  );
  await screen.findByDisplayValue("wg1");
  return { asked, onCreated };
}

const value = (label: string) => screen.getByLabelText<HTMLInputElement>(label).value;
const press = (name: string) => userEvent.click(screen.getByRole("button", { name }));

test("is filled in with what clashes with nothing on the node", async () => {
  await show({});
  expect(value("Addresses")).toBe("10.7.0.1/24, fd00:7::1/64");
  expect(value("Listen port")).toBe("51821");
  expect(value("Public address")).toBe("192.0.2.2");
  expect(screen.getByRole<HTMLInputElement>("checkbox", { name: /reach the internet/ }).checked).toBe(false);
});

test("suggests the host of the page where that is not this machine alone", async () => {
  await show({}, "vpn.example.org");
  expect(value("Public address")).toBe("vpn.example.org");
});

test("creates what was filled in, and leaves what is empty to the server", async () => {
  const { asked, onCreated } = await show({ [CREATE]: [201, interfaceResult()] });
  await userEvent.click(screen.getByRole("checkbox", { name: /reach the internet/ }));
  await press("Create interface");
  await vi.waitFor(() => expect(onCreated).toHaveBeenCalledWith(interfaceDocument()));
  const body = asked.find((each) => each.method === "POST")?.body;
  expect(body).toMatchObject({ node: "local", name: "wg1", listen_port: 51821, masquerade: true, mtu: 1420 });
  expect(body).not.toHaveProperty("pools");
});

test("a number that is none is said at its field, and nothing is sent", async () => {
  const { asked } = await show({});
  await userEvent.clear(screen.getByLabelText("Listen port"));
  await userEvent.type(screen.getByLabelText("Listen port"), "wg");
  await press("Create interface");
  expect(screen.getByLabelText("Listen port").getAttribute("aria-invalid")).toBe("true");
  expect(asked.every((each) => each.method === "GET")).toBe(true);
});

test("every wrong field is said at once, and opens what is folded", async () => {
  await show({
    [CREATE]: wrongFields(
      { field: "addresses.1", message: "This overlaps 10.0.0.0/24." },
      { field: "mtu", message: "An MTU is a number from 576 to 65535." },
    ),
  });
  await press("Create interface");
  expect(await screen.findByText("This overlaps 10.0.0.0/24.")).toBeTruthy();
  const mtu = screen.getByLabelText("MTU");
  expect(mtu.getAttribute("aria-invalid")).toBe("true");
  expect(mtu.closest("details")?.open).toBe(true);
  expect(screen.queryByRole("alert")).toBeNull();
});

test("shows what it does before it does it", async () => {
  const operations = ["Make the interface wg1 on the node local."];
  const { onCreated } = await show({
    [`${CREATE}?dry_run=true`]: interfaceResult({ interface: null, plan: plan({ operations }) }),
  });
  await press("Show what it does");
  const line = await screen.findByText(operations[0] ?? "");
  expect(document.activeElement?.contains(line)).toBe(true);
  const button = screen.getByRole("button", { name: "Create interface" });
  expect(line.compareDocumentPosition(button) & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy();
  expect(onCreated).not.toHaveBeenCalled();
  await userEvent.type(screen.getByLabelText("DNS"), "9");
  expect(screen.queryByText(operations[0] ?? "")).toBeNull();
});

test("is called as it was asked for", async () => {
  fakeServer({ [SUGGESTION]: SUGGESTED });
  render(
    <Around>
      <NewInterfaceForm node="local" name="office" onCreated={() => undefined} />
    </Around>,
  );
  expect(await screen.findByDisplayValue("office")).toBeTruthy();
});
