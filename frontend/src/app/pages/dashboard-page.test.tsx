import { act, render, screen, within } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { DashboardPage } from "@/app/pages/dashboard-page";
import { fakeFetch } from "@/testing/fake-fetch";
import { Around, fakeLive } from "@/testing/fake-live";
import { AT, diff, nodeFrame, peerFrame, snapshot } from "@/testing/frames";

// jsdom lays nothing out and has no canvas: the chart gets a width, and a plot that draws nothing.
vi.mock("@/ui/use-width", () => ({ useWidth: () => 600 }));
vi.mock("uplot", () => ({
  default: class {
    cursor = { idx: null };
    batch = (change: () => void) => change();
    setData() {}
    setScale() {}
    redraw() {}
    destroy() {}
  },
}));
vi.mock("@/app/links", () => {
  const plain = (_: unknown, name: unknown) => name;
  return { interfaceLink: plain, peerLink: plain };
});

vi.mock("@/app/use-may", () => ({ useMay: () => false }));

let undo: () => void = () => undefined;
afterEach(() => undo());

function show() {
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(null);
  fakeFetch(200, { items: [], next_cursor: null });
  const time = { now: AT };
  const live = fakeLive(() => time.now);
  undo = live.history.follow();
  live.store.apply(snapshot({ nodes: [nodeFrame({ sample_seconds: 1 })], peers: [peerFrame(0)] }));
  live.store.setLink("open");
  const { container } = render(
    <Around live={live}>
      <DashboardPage />
    </Around>,
  );
  let sequence = 1;
  /** One second: a sample of this many bytes in all. */
  const sample = (rx: number, tx: number) => {
    sequence += 1;
    time.now += 1;
    const clock = {
      node: "local",
      name: "wg0",
      clock: sequence * 1000,
      previous_clock: sequence * 1000 - 1000,
    };
    act(() => {
      live.store.apply(
        diff(sequence, {
          nodes: [nodeFrame({ sampled_at: time.now })],
          interfaces: [clock],
          peers: [[0, rx, tx]],
        }),
      );
    });
  };
  const wait = (seconds: number) => {
    time.now += seconds;
    act(() => live.store.tick());
  };
  return { container, sample, wait };
}

const rates = (table: string) => {
  const row = within(screen.getByRole("table", { name: table }));
  const cell = (name: string) =>
    row.getAllByRole("row").at(-1)?.querySelector(`[data-column=${name}]`)?.textContent;
  return `receive ${cell("rx_rate")} transmit ${cell("tx_rate")}`;
};
const legend = () => {
  const chart = screen.getByRole("figure", { name: /Traffic of all interfaces/ });
  return [...(chart.querySelector("p")?.children ?? [])]
    .map((part) => part.textContent)
    .join(" ")
    .trim();
};

test("chart, interfaces and top peers tell the numbers of the same sample", () => {
  const { sample } = show();
  sample(125_000, 250_000);
  const first = "receive 1 Mbit/s transmit 2 Mbit/s";
  expect([legend(), rates("Interfaces"), rates("Top peers")]).toEqual([first, first, first]);
  sample(500_000, 375_000);
  const second = "receive 3 Mbit/s transmit 1 Mbit/s";
  expect([legend(), rates("Interfaces"), rates("Top peers")]).toEqual([second, second, second]);
});

test("a server that hangs is shown as stale, with its age, after three paces", () => {
  const { container, sample, wait } = show();
  const badge = () => screen.getByRole("status").parentElement?.textContent;
  const dimmed = () => container.querySelector("[data-stale]") !== null;
  sample(1, 1);
  expect(badge()).toBe("livesampled 0 s ago");
  wait(4);
  expect([badge(), dimmed()]).toEqual(["livesampled 4 s ago", false]);
  wait(1);
  expect([badge(), dimmed()]).toEqual(["stalelast sample 5 s ago", true]);
  sample(2, 2);
  expect(dimmed()).toBe(false);
});
