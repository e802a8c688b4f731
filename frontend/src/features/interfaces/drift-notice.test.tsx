import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { DriftNotice } from "@/features/interfaces/drift-notice";
import { interfaceDocument, interfaceResult } from "@/testing/documents";
import { Around } from "@/testing/fake-live";
import { fakeServer } from "@/testing/fake-server";

const DRIFT = "/api/v1/interfaces/i1/drift";
const difference = {
  subject: "peer",
  kind: "missing",
  key: "A=",
  field: null,
  wanted: null,
  running: null,
  peer_name: "laptop",
};
const found = {
  looked_at: 1,
  mode: "warn",
  items: [
    { ...difference, id: "d1" },
    { ...difference, id: "d2", peer_name: "phone", key: "B=" },
  ],
  unmanaged: [
    {
      public_key: "C=",
      allowed_ips: ["10.0.0.9/32"],
      endpoint: null,
      persistent_keepalive: 0,
      has_preshared_key: false,
    },
  ],
};

async function show(fields: object = {}, can = interfaceDocument().can) {
  const asked = fakeServer({
    [`GET ${DRIFT}`]: { ...found, ...fields },
    [`POST ${DRIFT}/restore`]: interfaceResult(),
    [`POST ${DRIFT}/adopt`]: interfaceResult(),
    [`POST ${DRIFT}/ignore`]: [204, null],
  });
  render(
    <Around>
      <DriftNotice document={interfaceDocument({ can })} />
    </Around>,
  );
  await screen.findByText("The peer laptop is missing on the node.");
  const posts = () => asked.filter((each) => each.method === "POST").map(({ path, body }) => [path, body]);
  return posts;
}

const press = (name: string, index = 0) =>
  userEvent.click(screen.getAllByRole("button", { name })[index] ?? document.body);

test("tells each difference, and ends one of them or all", async () => {
  const posts = await show();
  await press("Ignore");
  await press("Restore", 1);
  await press("Adopt all");
  await vi.waitFor(() =>
    expect(posts()).toEqual([
      [`${DRIFT}/ignore`, { items: ["d1"] }],
      [`${DRIFT}/restore`, { items: ["d2"] }],
      [`${DRIFT}/adopt`, { items: ["d1", "d2"] }],
    ]),
  );
});

test("an unmanaged peer is adopted or removed by its key", async () => {
  const posts = await show();
  expect(screen.getByText("1 peer that Sentra does not manage")).toBeTruthy();
  await press("Remove");
  await press("Adopt", 2);
  await vi.waitFor(() =>
    expect(posts()).toEqual([
      [`${DRIFT}/restore`, { unmanaged: ["C="] }],
      [`${DRIFT}/adopt`, { unmanaged: ["C="] }],
    ]),
  );
});

test("where Sentra only observes, nothing can be restored", async () => {
  await show({ mode: "observe" });
  expect(screen.queryByRole("button", { name: /Restore|Remove/ })).toBeNull();
});

test("who may not change the interface sees the differences alone", async () => {
  await show({}, ["interface:read", "interface:inspect"]);
  expect(screen.queryByRole("button")).toBeNull();
});

test("whoever may not inspect the interface asks for nothing", async () => {
  const asked = fakeServer({ [`GET ${DRIFT}`]: found });
  render(
    <Around>
      <DriftNotice document={interfaceDocument({ can: ["interface:read"] })} />
    </Around>,
  );
  await new Promise((resolve) => setTimeout(resolve));
  expect(asked).toEqual([]);
});
