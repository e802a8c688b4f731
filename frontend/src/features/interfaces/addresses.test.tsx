import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { OwnerLookup } from "@/features/interfaces/owner-lookup";
import { Reservations } from "@/features/interfaces/reservations";
import { RestingList } from "@/features/interfaces/resting-list";
import { Around, fakeLive } from "@/testing/fake-live";
import { fakeServer, wrongFields } from "@/testing/fake-server";
import { AT } from "@/testing/frames";

const RESERVE = "POST /api/v1/interfaces/i1/reservations";
const reserved = [{ id: "r1", address: "10.0.0.9/32", note: "printer" }];

test("an address is reserved, and given back", async () => {
  const asked = fakeServer({
    [RESERVE]: [201, { id: "r2", address: "10.0.0.5/32", note: "" }],
    "DELETE /api/v1/interfaces/i1/reservations/r1": [204, null],
  });
  render(
    <Around>
      <Reservations interfaceId="i1" reservations={reserved} mayChange />
    </Around>,
  );
  await userEvent.type(screen.getByLabelText("Address"), "10.0.0.5");
  await userEvent.click(screen.getByRole("button", { name: "Reserve" }));
  await userEvent.click(screen.getByRole("button", { name: "End the reservation of 10.0.0.9" }));
  await vi.waitFor(() => expect(asked.map((each) => each.method)).toEqual(["POST", "DELETE"]));
  expect(asked[0]?.body).toEqual({ address: "10.0.0.5", note: "" });
});

test("a wrong address is said at its field", async () => {
  fakeServer({ [RESERVE]: wrongFields({ field: "address", message: "This is not in a pool." }) });
  render(
    <Around>
      <Reservations interfaceId="i1" reservations={[]} mayChange />
    </Around>,
  );
  await userEvent.type(screen.getByLabelText("Address"), "10.9.0.5");
  await userEvent.click(screen.getByRole("button", { name: "Reserve" }));
  expect(await screen.findByText("This is not in a pool.")).toBeTruthy();
});

test.each([
  [
    "peer",
    { peer: { id: "p1", name: "laptop" }, prefix: "192.168.7.0/24" },
    "belongs to laptop, by 192.168.7.0/24.",
  ],
  ["nobody", {}, "Nobody has 192.168.7.3."],
  ["resting", { note: "laptop gave it up." }, "192.168.7.3 rests. laptop gave it up."],
])("tells that an address belongs to %s", async (owner, fields, words) => {
  const answer = { address: "192.168.7.3", owner, peer: null, prefix: null, note: "", ...fields };
  fakeServer({ "GET /api/v1/interfaces/i1/addresses/192.168.7.3": answer });
  render(
    <Around>
      <OwnerLookup interfaceId="i1" linkTo={(_, name) => name} />
    </Around>,
  );
  await userEvent.type(screen.getByLabelText("Address"), "192.168.7.3");
  await userEvent.click(screen.getByRole("button", { name: "Look up" }));
  await vi.waitFor(() => expect(screen.getByRole("status").textContent).toContain(words));
});

test("an address that rests says when it is free", () => {
  const free_at = new Date((AT + 3 * 3600) * 1000).toISOString();
  render(
    <Around live={fakeLive()}>
      <RestingList resting={[{ address: "10.0.0.7/32", peer_name: "old phone", free_at }]} />
    </Around>,
  );
  expect(screen.getByText("free in 3 h")).toBeTruthy();
  expect(screen.getByText("was old phone's")).toBeTruthy();
});
