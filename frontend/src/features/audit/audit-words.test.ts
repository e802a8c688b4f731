import { expect, test } from "vitest";
import type { AuditEntry } from "@/features/audit/audit-documents";
import { actorWords, changesOf, entryWords } from "@/features/audit/audit-words";

const entry: AuditEntry = {
  id: 7,
  at: "2026-11-23T12:00:00Z",
  actor_id: "u1",
  actor_name: "ada@example.net",
  actor_kind: "user",
  address: "192.0.2.7",
  action: "peer:update",
  outcome: "done",
  subject_kind: "peer",
  subject_id: "p1",
  subject_name: "laptop",
  summary: "Renamed laptop",
  detail: {},
  count: 1,
  mac: "00",
};

test("says what happened, and how often a stranger was refused", () => {
  expect(entryWords(entry)).toBe("Renamed laptop");
  expect(entryWords({ ...entry, summary: "" })).toBe("peer:update");
  expect(entryWords({ ...entry, outcome: "refused" })).toBe("peer:update was refused");
  expect(entryWords({ ...entry, outcome: "refused", count: 12 })).toBe(
    "peer:update was refused, 12 times in a minute",
  );
});

test("says who", () => {
  expect(actorWords(entry)).toBe("ada@example.net");
  expect(actorWords({ ...entry, actor_kind: "token" })).toBe("ada@example.net by a token");
  expect(actorWords({ ...entry, actor_name: "" })).toBe("Somebody unknown");
});

test("gives the fields of an interface and of its peers", () => {
  const fields = { listen_port: ["51820", "51821"] };
  const peer = (name: string) => ({ id: name, name, fields: { notes: [null, "new"] } });
  expect(changesOf({ ...entry, detail: { fields, peers: [peer("a")] } })).toEqual([
    { field: "listen port", before: "51820", after: "51821" },
    { field: "notes", before: null, after: "new" },
  ]);
  expect(
    changesOf({ ...entry, detail: { peers: [peer("a"), peer("b")] } }).map(({ field }) => field),
  ).toEqual(["a: notes", "b: notes"]);
});

test("takes whatever a later version writes", () => {
  for (const detail of [
    { fields: [] },
    { fields: { a: 1 } },
    { peers: "x" },
    { peers: [1, null] },
    { x: {} },
  ]) {
    expect(changesOf({ ...entry, detail })).toEqual([]);
  }
});
