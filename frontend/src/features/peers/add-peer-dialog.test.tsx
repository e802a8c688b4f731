import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { AddPeerDialog } from "@/features/peers/add-peer-dialog";
import { type Asked, fakeFetch } from "@/testing/fake-fetch";
import { Around, fakeLive } from "@/testing/fake-live";
import { peerDocument } from "@/testing/peers";

const IFACE = { id: "i1", node: "local", name: "wg0", server_keys: false };
const TEMPLATE = "[Interface]\nAddress = 10.8.0.2/32\n\n[Peer]\nPublicKey = AAAA\nAllowedIPs = 10.8.0.0/24\n";

function show(): ReturnType<typeof vi.fn<() => void>> {
  const onClose = vi.fn<() => void>();
  render(
    <Around live={fakeLive()}>
      <AddPeerDialog iface={IFACE} onClose={onClose} />
    </Around>,
  );
  return onClose;
}

/** Everything that is asked gets what each of the three requests needs. */
const answer = () =>
  fakeFetch(201, {
    peer: peerDocument(),
    applied: true,
    reason: null,
    text: TEMPLATE,
    revision: "r1",
    items: [],
    next_cursor: null,
  });

async function add(name: string): Promise<void> {
  await userEvent.type(screen.getByLabelText("Name"), name);
  await userEvent.click(screen.getByRole("button", { name: "Add peer" }));
}

const sent = (asked: Asked[]) => JSON.stringify(asked.map(({ path, body }) => [path, body]));

test("a name is enough; the private key is shown and never sent", async () => {
  const asked = answer();
  show();
  await add("laptop");
  expect(await screen.findByRole("img", { name: /QR code/ })).toBeTruthy();
  const text = document.querySelector("pre")?.textContent ?? "";
  const privateKey = /^PrivateKey = (.{44})$/m.exec(text)?.[1] ?? "missing";
  const create = asked.find(({ method, path }) => method === "POST" && path.endsWith("/interfaces/i1/peers"));
  expect(create?.body).toMatchObject({ name: "laptop", public_key: expect.stringMatching(/^.{43}=$/) });
  expect(sent(asked)).not.toContain(privateKey);
  expect(asked.find(({ path }) => path.endsWith("/given"))?.body).toEqual({ revision: "r1" });
});

test("what the server refuses is said at the field", async () => {
  fakeFetch(422, {
    title: "Invalid",
    errors: [
      { field: "name", code: "taken", message: "wg0 has a peer of this name." },
      { field: "addresses.0", code: "taken", message: "10.8.0.2 belongs to phone." },
    ],
  });
  show();
  await add("laptop");
  expect(await screen.findByText("wg0 has a peer of this name.")).toBeTruthy();
  expect(screen.getByText("10.8.0.2 belongs to phone.")).toBeTruthy();
});

test("a public key that is none is refused before anything is sent", async () => {
  const asked = answer();
  show();
  await userEvent.click(screen.getByText("More"));
  await userEvent.click(screen.getByLabelText(/The peer has one/));
  await userEvent.type(screen.getByLabelText("Public key"), "nonsense");
  await add("laptop");
  expect(await screen.findByText(/has 44 characters/)).toBeTruthy();
  expect(asked).toEqual([]);
});

test("keys of the server cannot be chosen where the interface does not allow them", async () => {
  show();
  await userEvent.click(screen.getByText("More"));
  expect(screen.getByLabelText(/Made and kept by the server/)).toHaveProperty("disabled", true);
});

test("a number that is none is refused at its field, unfolded and focused", async () => {
  const asked = answer();
  show();
  await userEvent.click(screen.getByText("More"));
  await userEvent.type(screen.getByLabelText("MTU"), "abc");
  await userEvent.click(screen.getByText("More"));
  await add("laptop");
  expect(await screen.findByText(/Enter a whole number/)).toBeTruthy();
  expect(document.activeElement).toBe(screen.getByLabelText("MTU"));
  expect(screen.getByLabelText("MTU").closest("details")?.open).toBe(true);
  expect(asked).toEqual([]);
});

test("a file that the server keeps is shown with its QR code, and its download is noted", async () => {
  const asked = fakeFetch(201, {
    peer: peerDocument({ has_private_key: true }),
    applied: true,
    reason: null,
    items: [],
    next_cursor: null,
  });
  render(
    <Around live={fakeLive()}>
      <AddPeerDialog iface={{ ...IFACE, server_keys: true }} onClose={() => undefined} />
    </Around>,
  );
  await userEvent.click(screen.getByText("More"));
  await userEvent.click(screen.getByLabelText(/Made and kept by the server/));
  await add("laptop");
  const code = await screen.findByRole("img", { name: /QR code/ });
  expect(code.getAttribute("src")).toBe("/api/v1/peers/p1/config.png");
  const link = screen.getByRole("link", { name: "Download laptop.conf" });
  expect(link.getAttribute("href")).toBe("/api/v1/peers/p1/config");
  link.addEventListener("click", (event) => event.preventDefault());
  await userEvent.click(link);
  await vi.waitFor(() =>
    expect(asked.find(({ path }) => path === "/api/v1/peers/p1/given")?.body).toEqual({ revision: "r1" }),
  );
});
