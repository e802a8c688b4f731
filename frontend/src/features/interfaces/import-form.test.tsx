import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { ImportForm } from "@/features/interfaces/import-form";
import { nameOfFile } from "@/features/interfaces/import-interface";
import { interfaceDocument, interfaceResult } from "@/testing/documents";
import { Around } from "@/testing/fake-live";
import { type Answer, fakeServer, wrongFields } from "@/testing/fake-server";

const IMPORT = "POST /api/v1/interfaces/import";
const FILE = "[Interface]\nAddress = 10.0.0.1/24\nPostUp = reboot\n";
const report = {
  interface: {
    name: "wg5",
    addresses: ["10.0.0.1/24"],
    pools: [],
    listen_port: 51820,
    fwmark: 0,
    mtu: 0,
    dns: [],
    table: "auto",
    public_host: "",
  },
  peers: [{ name: "laptop", public_key: "A=", addresses: ["10.0.0.2/32"], routes: [] }],
  hooks: [{ line: 3, text: "PostUp = reboot" }],
  ignored: [{ line: 9, text: "Colour = green", why: "wg-quick knows no such key." }],
  errors: [],
};

async function choose(answers: Record<string, Answer>) {
  const asked = fakeServer(answers);
  const onImported = vi.fn();
  render(
    <Around>
      <ImportForm node="local" onImported={onImported} />
    </Around>,
  );
  const file = new File([FILE], "wg5.conf", { type: "text/plain" });
  await userEvent.upload(screen.getByLabelText("Choose a file"), file);
  await screen.findByDisplayValue("wg5");
  await userEvent.click(screen.getByRole("button", { name: "Show what is in it" }));
  return { asked, onImported };
}

test("tells what is in a file, with the commands that are never run, then imports it", async () => {
  const { asked, onImported } = await choose({
    [`${IMPORT}?dry_run=true`]: { ...interfaceResult({ interface: null }), report },
    [IMPORT]: [201, { ...interfaceResult(), report }],
  });
  expect(await screen.findByText("PostUp = reboot")).toBeTruthy();
  expect(screen.getByText("line 3")).toBeTruthy();
  expect(screen.getByText("laptop")).toBeTruthy();
  expect(screen.getByText("wg-quick knows no such key.")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Import wg5" }));
  await vi.waitFor(() => expect(onImported).toHaveBeenCalledWith(interfaceDocument()));
  expect(asked.find((each) => each.path.endsWith("/import"))?.body).toEqual({
    node: "local",
    name: "wg5",
    text: FILE,
  });
});

test("a file with wrong lines is not imported", async () => {
  const errors = [{ line: 2, message: "This is no address." }];
  await choose({ [`${IMPORT}?dry_run=true`]: { ...interfaceResult(), report: { ...report, errors } } });
  expect(await screen.findByText("This is no address.")).toBeTruthy();
  expect(screen.getByRole("alert").textContent).toContain("Address = 10.0.0.1/24");
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Import wg5" }).disabled).toBe(true);
});

test("what is wrong with the file is said at it, with its line", async () => {
  const port = "Another program on the node listens on this port.";
  await choose({
    [`${IMPORT}?dry_run=true`]: wrongFields(
      { field: "listen_port", message: port },
      { field: "addresses.0", message: "10.0.0.0/24 belongs to wg1." },
    ),
  });
  const area = screen.getByLabelText("wg-quick file");
  await vi.waitFor(() => expect(area.getAttribute("aria-invalid")).toBe("true"));
  const told = document.getElementById(area.getAttribute("aria-describedby") ?? "")?.textContent;
  expect(told).toBe(`ListenPort: ${port}\nLine 2, Address: 10.0.0.0/24 belongs to wg1.`);
  expect(screen.queryByRole("alert")).toBeNull();
});

test("what was found is forgotten when the file is edited", async () => {
  await choose({ [`${IMPORT}?dry_run=true`]: { ...interfaceResult(), report } });
  await screen.findByText("PostUp = reboot");
  await userEvent.type(screen.getByLabelText("wg-quick file"), "# more");
  expect(screen.queryByText("PostUp = reboot")).toBeNull();
});

test("a name that is taken is said at its field", async () => {
  await choose({
    [`${IMPORT}?dry_run=true`]: wrongFields({
      field: "name",
      message: "A link of this name is there already.",
    }),
  });
  expect(await screen.findByText("A link of this name is there already.")).toBeTruthy();
  expect(screen.getByLabelText("Name").getAttribute("aria-invalid")).toBe("true");
});

test("an interface is named as wg-quick names it", () => {
  expect([nameOfFile("wg0.conf"), nameOfFile("C:\\vpn\\home.CONF")]).toEqual(["wg0", "home"]);
});
