import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { AdoptDialog } from "@/features/interfaces/adopt-dialog";
import { interfaceDocument, interfaceResult, plan } from "@/testing/documents";
import { Around } from "@/testing/fake-live";
import { type Answer, fakeServer, refused } from "@/testing/fake-server";

const ADOPT = "POST /api/v1/interfaces/adopt";
const found = {
  node: "local",
  name: "wg0",
  driver: "netlink",
  public_key: "A=",
  listen_port: 51820,
  addresses: ["10.0.0.1/24"],
  peer_count: 12,
  file: "/etc/wireguard/wg0.conf",
  hooks: ["PostUp = iptables -A FORWARD -j ACCEPT"],
  warnings: [],
} as const;

function show(answers: Record<string, Answer>, fields: { warnings?: string[] } = {}) {
  const asked = fakeServer({
    [`${ADOPT}?dry_run=true`]: (body) => {
      const removes = (body as { unmanaged: string }).unmanaged === "remove";
      return interfaceResult({ plan: plan({ operations: removes ? ["Remove 12 peers."] : [] }) });
    },
    ...answers,
  });
  const onAdopted = vi.fn();
  const given = {
    ...found,
    addresses: [...found.addresses],
    hooks: [...found.hooks],
    warnings: [],
    ...fields,
  };
  render(
    <Around>
      <AdoptDialog found={given} onAdopted={onAdopted} onClose={() => undefined} />
    </Around>,
  );
  return { asked, onAdopted };
}

test("says what it does not do, and shows the commands that are not run", async () => {
  show({});
  expect(screen.getByText(/is not rewritten/).textContent).toContain("/etc/wireguard/wg0.conf");
  expect(screen.getByText("PostUp = iptables -A FORWARD -j ACCEPT")).toBeTruthy();
  expect(await screen.findByText("Nothing on the node changes.")).toBeTruthy();
});

test("what is to be known first is no alarm", async () => {
  show({}, { warnings: ["wg0 is down: adopted, it is brought up."] });
  expect(await screen.findByText("wg0 is down: adopted, it is brought up.")).toBeTruthy();
  expect(screen.queryByRole("alert")).toBeNull();
});

test("shows anew what it would do to the peers, then does it", async () => {
  const { asked, onAdopted } = show({ [ADOPT]: [201, interfaceResult()] });
  await userEvent.click(screen.getByRole("radio", { name: /Remove them/ }));
  expect(await screen.findByText("Remove 12 peers.")).toBeTruthy();
  await userEvent.type(screen.getByLabelText("Public address"), "vpn.example.org");
  await userEvent.click(screen.getByRole("button", { name: "Adopt wg0" }));
  await vi.waitFor(() => expect(onAdopted).toHaveBeenCalledWith(interfaceDocument()));
  expect(asked.find((each) => each.path === "/api/v1/interfaces/adopt")?.body).toEqual({
    node: "local",
    name: "wg0",
    unmanaged: "remove",
    public_host: "vpn.example.org",
  });
});

test("says why it cannot be adopted", async () => {
  show({ [`${ADOPT}?dry_run=true`]: refused(409, "wg0 is managed already.") });
  expect(await screen.findByText("wg0 is managed already.")).toBeTruthy();
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Adopt wg0" }).disabled).toBe(true);
});
