import { render, screen, within } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { InterfaceTable } from "@/features/interfaces/interface-table";
import { interfaceDocument } from "@/testing/documents";
import { Around, fakeLive } from "@/testing/fake-live";
import { fakeServer } from "@/testing/fake-server";
import { interfaceFrame, snapshot } from "@/testing/frames";

function show(...documents: ReturnType<typeof interfaceDocument>[]) {
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(null);
  fakeServer({ "GET /api/v1/interfaces": { items: documents, next_cursor: null } });
  const live = fakeLive();
  live.store.apply(snapshot({ interfaces: [interfaceFrame()], peers: [] }));
  render(
    <Around live={live}>
      <InterfaceTable linkTo={(_, name) => name} />
    </Around>,
  );
  return (name: string) => within(screen.getByRole("row", { name: new RegExp(name) }));
}

test("an interface that nobody manages is watched only", async () => {
  const row = show();
  expect(await row("wg0").findByText("watched only")).toBeTruthy();
});

test("a managed one tells what is to be known of it", async () => {
  const row = show(interfaceDocument({ drift_count: 1, unmanaged_count: 1, reimport_count: 3 }));
  expect(await row("wg0").findByText("2 differences")).toBeTruthy();
  expect(row("wg0").getByText("3 must import again")).toBeTruthy();
  expect(row("wg0").queryByText("watched only")).toBeNull();
});

test("one that is decided and does not run is there too", async () => {
  const row = show(interfaceDocument({ id: "i2", name: "wg1", started: false, peer_count: 4 }));
  await screen.findByText("wg1");
  expect(row("wg1").getByText("stopped")).toBeTruthy();
  expect(row("wg1").getByText("0 / 4")).toBeTruthy();
});
