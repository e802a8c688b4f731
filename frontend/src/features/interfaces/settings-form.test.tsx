import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { SettingsForm } from "@/features/interfaces/settings-form";
import { interfaceDocument, interfaceResult, plan } from "@/testing/documents";
import type { Asked } from "@/testing/fake-fetch";
import { Around, fakeLive } from "@/testing/fake-live";
import { type Answer, fakeServer, refused } from "@/testing/fake-server";

const PATCH = "PATCH /api/v1/interfaces/i1";
const DRY = `${PATCH}?dry_run=true`;

async function change(answers: Record<string, Answer>) {
  const asked = fakeServer(answers);
  render(
    <Around live={fakeLive()}>
      <SettingsForm document={interfaceDocument()} />
    </Around>,
  );
  await userEvent.clear(screen.getByLabelText("Listen port"));
  await userEvent.type(screen.getByLabelText("Listen port"), "51900");
  await userEvent.click(screen.getByRole("button", { name: "Save settings" }));
  return asked;
}

const changes = (asked: Asked[]) =>
  asked.filter((each) => each.method === "PATCH" && !each.path.includes("dry_run"));

test("saves at once what nobody notices, and sends only what was changed", async () => {
  const asked = await change({ [DRY]: interfaceResult(), [PATCH]: interfaceResult() });
  expect(await screen.findByText("Saved, and it runs.")).toBeTruthy();
  expect(changes(asked)).toMatchObject([{ body: { listen_port: 51900 } }]);
  expect(asked[0]?.headers.get("If-Match")).toBe('"3"');
});

test("what may cut somebody off is shown first, with who must import again", async () => {
  const risky = interfaceResult({
    plan: plan({ risky: ["wg0 listens on another port."], reimport: [{ id: "p1", name: "laptop" }] }),
  });
  const confirm = { nonce: "n", deadline_at: "2026-11-23T12:01:00Z", seconds: 60 };
  const asked = await change({ [DRY]: risky, [PATCH]: interfaceResult({ confirm }) });
  const dialog = within(await screen.findByRole("dialog"));
  expect(await dialog.findByText("wg0 listens on another port.")).toBeTruthy();
  expect(dialog.getByText("laptop")).toBeTruthy();
  expect(changes(asked)).toEqual([]);
  await userEvent.click(dialog.getByRole("button", { name: "Save settings" }));
  await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(changes(asked)).toHaveLength(1);
});

test("says why a change does not run yet", async () => {
  const late = interfaceResult({ applied: false, reason: "The node does not answer." });
  await change({ [DRY]: interfaceResult(), [PATCH]: late });
  expect(await screen.findByText(/does not run yet. The node does not answer/)).toBeTruthy();
});

/** Somebody else was faster: another listen port, and a resolver. */
async function overtaken() {
  const newer = interfaceDocument({ version: 4, listen_port: 51850, dns: ["9.9.9.9"] });
  const dry: Answer[] = [refused(412, "It was changed meanwhile."), interfaceResult()];
  const history = {
    id: 4,
    what: "interface-updated",
    summary: "",
    made_at: "",
    undone: false,
    peer_id: null,
  };
  const ports = { field: "listen_port", before: "51820", after: "51850" };
  return change({
    [DRY]: () => dry.shift() ?? [500, {}],
    [PATCH]: interfaceResult({ interface: { ...newer, version: 5, listen_port: 51900 } }),
    "GET /api/v1/interfaces": { items: [newer], next_cursor: null },
    "GET /api/v1/interfaces/i1/revisions?limit=20": {
      items: [{ ...history, actor_name: "Ada", changes: [ports] }],
      next_cursor: null,
    },
  });
}

test("what somebody else changed meanwhile is told beside what was typed, which is kept", async () => {
  const asked = await overtaken();
  const notice = within(await screen.findByRole("alert"));
  expect(notice.getByText(/^Ada changed these settings of wg0 meanwhile/)).toBeTruthy();
  expect(notice.getByText("Listen port").parentElement?.textContent).toBe("Listen porttheirs51850yours51900");
  expect(screen.getByLabelText<HTMLInputElement>("Listen port").value).toBe("51900");
  expect(screen.getByLabelText<HTMLInputElement>("DNS").value).toBe("9.9.9.9");
  expect(changes(asked)).toEqual([]);
  await userEvent.click(screen.getByRole("button", { name: "Save settings" }));
  await vi.waitFor(() => expect(changes(asked)).toMatchObject([{ body: { listen_port: 51900 } }]));
  expect(changes(asked)[0]?.headers.get("If-Match")).toBe('"4"');
});

test("what was typed can be dropped for the newest settings", async () => {
  const asked = await overtaken();
  await userEvent.click(await screen.findByRole("button", { name: "Drop what I typed" }));
  expect(screen.getByLabelText<HTMLInputElement>("Listen port").value).toBe("51850");
  expect(screen.queryByRole("alert")).toBeNull();
  expect(changes(asked)).toEqual([]);
});

test("a refusal is said at its field", async () => {
  const errors = [{ field: "listen_port", code: "port-taken", message: "wg1 has this port." }];
  await change({ [DRY]: [422, { title: "No", errors }] });
  await vi.waitFor(() =>
    expect(screen.getByLabelText("Listen port").getAttribute("aria-invalid")).toBe("true"),
  );
  expect(screen.getByText("wg1 has this port.")).toBeTruthy();
});

test("shows what became of the settings elsewhere, unless somebody types", async () => {
  fakeServer({});
  const shown = (version: number, listen_port: number) => (
    <Around>
      <SettingsForm document={interfaceDocument({ version, listen_port })} />
    </Around>
  );
  const { rerender } = render(shown(3, 51820));
  rerender(shown(4, 51850));
  expect(screen.getByLabelText<HTMLInputElement>("Listen port").value).toBe("51850");
  await userEvent.type(screen.getByLabelText("DNS"), "9.9.9.9");
  rerender(shown(5, 51860));
  expect(screen.getByLabelText<HTMLInputElement>("Listen port").value).toBe("51850");
});
