import { expect, test } from "vitest";
import { violations } from "./zones.mjs";

const check = (path: string, text: string) => violations(new Map([[path, text]]));

test.each([
  ["features/peers/peer-row.tsx", 'import { usePeer } from "@/live/use-status";'],
  ["features/peers/peer-row.tsx", 'import { x } from "@/features/peers/peer-sort";'],
  ["app/app.tsx", 'import { x } from "@/features/peers/peer-sort";'],
  ["live/a.ts", 'import { x } from "react";'],
  ["live/a.test.ts", 'import { x } from "@/testing/frames";'],
])("%s may do %s", (path, text) => expect(check(path, text)).toEqual([]));

test.each([
  ["features/peers/a.ts", 'import { x } from "@/features/nodes/b";', "a feature never imports a feature"],
  ["features/peers/a.ts", 'import { x } from "../nodes/b";', "a feature never imports a feature"],
  ["live/a.ts", 'import { api } from "@/api/client";', "neighbours"],
  ["lib/a.ts", 'const x = import("@/ui/icon");', "imports point down"],
  ["ui/a.tsx", 'export { x } from "@/app/app";', "imports point down"],
  ["ui/a.tsx", 'import { x } from "@/testing/frames";', "only a test"],
  ["utils/a.ts", "", "give utils/ a place"],
  ["ui/a.tsx", "element.innerHTML = text;", "put text in as text"],
  ["ui/a.tsx", "sessionStorage.setItem(a, b)", "secrets are not kept"],
])("%s may not do %s", (path, text, reason) => expect(check(path, text).join()).toContain(reason));
