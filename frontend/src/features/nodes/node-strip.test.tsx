import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { NodeStrip } from "@/features/nodes/node-strip";
import { Around, fakeLive } from "@/testing/fake-live";
import { nodeFrame, snapshot } from "@/testing/frames";

function show(fields: Parameters<typeof nodeFrame>[0]) {
  const live = fakeLive();
  live.store.apply(snapshot({ nodes: [nodeFrame(fields)] }));
  render(
    <Around live={live}>
      <NodeStrip node="local" />
    </Around>,
  );
}

test("tells of the machine, and how it does", () => {
  show({});
  expect(screen.getByText(/^gw · Debian/)).toBeTruthy();
  expect(screen.getByText("CPU")).toBeTruthy();
});

test("of a node of which one may see only parts, says nothing of its machine", () => {
  show({ system: null });
  expect(screen.getByRole("article", { name: "Node local" }).textContent).toBe("local");
});

test("says that a node was never looked at", () => {
  show({ system: null, sampled_at: 0, online: false });
  expect(screen.getByText("not looked at yet")).toBeTruthy();
});
