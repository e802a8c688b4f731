import { act, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { parseSort } from "@/features/peers/peer-sort";
import { PeerTable } from "@/features/peers/peer-table";
import { Around, fakeLive } from "@/testing/fake-live";
import { AT, diff, peerFrame, snapshot } from "@/testing/frames";

function show(count = 3, open: string | null = null) {
  const live = fakeLive();
  live.store.apply(snapshot({ peers: Array.from({ length: count }, (_, id) => peerFrame(id)) }));
  const order = [...live.store.peersOf("local/wg0").keys()];
  const [onSort, onOpen] = [vi.fn(), vi.fn()];
  render(
    <Around live={live}>
      <PeerTable
        order={order}
        sort={parseSort("-rx_rate")}
        onSort={onSort}
        hidden={new Set()}
        open={open}
        onOpen={onOpen}
        addressOf={(key) => `/interfaces/local/wg0?peer=${key}`}
      />
    </Around>,
  );
  return { store: live.store, onSort, onOpen };
}

const rowOf = (id: number) =>
  screen.getByRole("rowheader", { name: new RegExp(peerFrame(id).public_key) }).closest("tr")!;
const cell = (id: number, column: string) => rowOf(id).querySelector(`[data-column=${column}]`)!;

test("is a table of peers whose rows are named by their keys", () => {
  show();
  const table = screen.getByRole("table", { name: "Peers" });
  expect(
    within(table)
      .getAllByRole("columnheader")
      .map((head) => head.textContent),
  ).toContain("Handshake");
  expect(rowOf(1)).toHaveProperty("dataset.key", peerFrame(1).public_key);
  expect(within(rowOf(1)).getByRole("img").getAttribute("aria-label")).toBe("active");
  expect(cell(1, "endpoint").textContent).toBe("192.0.2.1:51820");
  expect(cell(1, "latest_handshake").textContent).toBe("10 s");
  expect(cell(1, "persistent_keepalive").textContent).toBe("25 s");
});

test("shows the new rate of a peer and leaves other rows as they are", () => {
  const { store } = show();
  const other = cell(1, "rx_rate").firstChild;
  act(() => {
    store.apply(
      diff(2, { interfaces: [{ node: "local", name: "wg0", clock: 2000 }], peers: [[0, 125_000, 0]] }),
    );
  });
  expect(cell(0, "rx_rate").textContent).toBe("1 Mbit/s");
  expect(cell(0, "rx_bytes").textContent).toBe("122 KiB");
  expect(cell(1, "rx_rate").firstChild).toBe(other);
});

test("of 10,000 peers only the rows in sight exist, and the table says how many there are", () => {
  show(10_000);
  expect(screen.getAllByRole("row").length).toBeLessThan(60);
  expect(screen.getByRole("table").getAttribute("aria-rowcount")).toBe("10001");
});

test("its heads say the sort and change it", async () => {
  const { onSort } = show();
  const head = screen.getByRole("columnheader", { name: "Receive" });
  expect(head.getAttribute("aria-sort")).toBe("descending");
  await userEvent.click(within(head).getByRole("button"));
  expect(onSort).toHaveBeenCalledWith("rx_rate");
});

test("a click opens the peer, a click with ctrl is the browser's", async () => {
  const { onOpen } = show();
  const link = screen.getByRole("link", { name: peerFrame(1).public_key });
  expect(link.getAttribute("href")).toContain(`peer=${peerFrame(1).public_key}`);
  const user = userEvent.setup();
  await user.click(link);
  expect(onOpen).toHaveBeenCalledWith(peerFrame(1).public_key);
  await user.keyboard("{Control>}");
  await user.click(link);
  expect(onOpen).toHaveBeenCalledTimes(1);
});

test("j and k move through the rows, enter opens", async () => {
  const { onOpen } = show();
  await userEvent.keyboard("j");
  await vi.waitFor(() => expect(document.activeElement?.textContent).toBe(peerFrame(0).public_key));
  await userEvent.keyboard("jj");
  await vi.waitFor(() => expect(document.activeElement?.textContent).toBe(peerFrame(2).public_key));
  await userEvent.keyboard("k");
  await vi.waitFor(() => expect(document.activeElement?.textContent).toBe(peerFrame(1).public_key));
  await userEvent.keyboard("{Enter}");
  expect(onOpen).toHaveBeenCalledWith(peerFrame(1).public_key);
});

test("with a panel open, j opens the next one and escape closes it and returns to the row", async () => {
  const { onOpen } = show(3, peerFrame(1).public_key);
  expect(rowOf(1).getAttribute("aria-current")).toBe("true");
  await userEvent.keyboard("j");
  expect(onOpen).toHaveBeenLastCalledWith(peerFrame(2).public_key);
  await userEvent.keyboard("{Escape}");
  expect(onOpen).toHaveBeenLastCalledWith(null);
  await vi.waitFor(() => expect(document.activeElement?.textContent).toBe(peerFrame(1).public_key));
});

test("a dialog in front of the list has the keys", async () => {
  const { onOpen } = show(3, peerFrame(1).public_key);
  const dialog = document.body.appendChild(document.createElement("dialog"));
  dialog.open = true;
  await userEvent.keyboard("j{Escape}");
  expect(onOpen).not.toHaveBeenCalled();
  dialog.remove();
});

test("a name is text, whatever it holds", () => {
  const live = fakeLive(() => AT);
  const key = "<img src=x onerror=alert(1)>";
  live.store.apply(snapshot({ peers: [peerFrame(0, { public_key: key, endpoint: "<b>no</b>" })] }));
  render(
    <Around live={live}>
      <PeerTable
        order={[...live.store.peersOf("local/wg0").keys()]}
        sort={parseSort("")}
        onSort={() => undefined}
        hidden={new Set()}
        open={null}
        onOpen={() => undefined}
        addressOf={() => "/"}
      />
    </Around>,
  );
  expect(screen.getByRole("link").textContent).toBe(key);
  expect(document.querySelector("td img, td b")).toBeNull();
});
