import { expect, test } from "vitest";
import type { MadeToken } from "@/features/tokens/token-documents";
import {
  actionWords,
  curlLine,
  endsSoon,
  expiryWords,
  groupsOf,
  placesOf,
  scopeWords,
} from "@/features/tokens/token-words";

test("says in a line what a token may do, in the order of the groups", () => {
  expect(actionWords(["peer:read", "interface:read", "peer:create"])).toBe(
    "Interfaces: see · Peers: see, make",
  );
  expect(actionWords([])).toBe("");
});

test("offers nothing that was not granted, and what it has no words for by its name", () => {
  const groups = groupsOf(["peer:read", "tunnel:dig"]);
  expect(groups.map(({ name }) => name)).toEqual(["Peers", "More"]);
  expect(groups[1]?.actions).toEqual([["tunnel:dig", "tunnel:dig", "tunnel:dig"]]);
});

test("names where a token may be used", () => {
  const one = placesOf([{ id: "i1", node: "local", name: "wg0" }]);
  expect(one).toEqual([
    { scope: "node:local", name: "all of local" },
    { scope: "interface:i1", name: "wg0" },
  ]);
  const two = placesOf([
    { id: "i1", node: "local", name: "wg0" },
    { id: "i2", node: "berlin", name: "wg0" },
  ]);
  expect(two.map(({ name }) => name)).toEqual([
    "all of local",
    "all of berlin",
    "wg0 on local",
    "wg0 on berlin",
  ]);
  expect(scopeWords("interface:i2", two)).toBe("wg0 on berlin");
  expect(scopeWords("*", two)).toBe("everywhere");
  expect(scopeWords("node:oslo", two)).toBe("all of oslo");
  expect(scopeWords("interface:gone", two)).toBe("an interface that you do not see");
});

test("counts the days that are left, and marks the last week", () => {
  const day = 86_400;
  expect(expiryWords(90 * day, 0.5)).toBe("in 90 d");
  expect(expiryWords(day, 1)).toBe("within a day");
  expect(expiryWords(day, day)).toBe("over");
  expect([endsSoon(7 * day, 1), endsSoon(7 * day, 0), endsSoon(day, day)]).toEqual([true, false, false]);
});

test("gives a line that works for what the token may read", () => {
  const made = (actions: string[], scope = "*") => ({ actions, scope, token: "sentra_pat_x" }) as MadeToken;
  const pathOf = (token: MadeToken) =>
    /api\/v1\/([^"]+)"/.exec(curlLine("https://vpn.example.com", token))?.[1];
  expect(curlLine("https://vpn.example.com", made(["status:read"]))).toBe(
    'curl -sS "https://vpn.example.com/api/v1/status" -H "Authorization: Bearer sentra_pat_x"',
  );
  expect(pathOf(made(["peer:read", "interface:read"]))).toBe("interfaces");
  expect(pathOf(made(["peer:read"], "interface:i1"))).toBe("interfaces/i1/peers");
  expect(pathOf(made(["audit:read"]))).toBe("audit");
  expect(pathOf(made(["peer:create"]))).toBe("session");
});
