import type { Permission, RoleTable } from "@/features/roles/role-documents";

type Action = RoleTable["actions"][number];

/** What belongs together, by the nouns of actions. */
const GROUPS: readonly Readonly<{ name: string; nouns: readonly string[] }>[] = [
  { name: "What runs", nouns: ["status"] },
  { name: "Interfaces", nouns: ["interface"] },
  { name: "Peers", nouns: ["peer"] },
  { name: "People", nouns: ["user", "role"] },
  { name: "One's own account", nouns: ["profile", "password", "factor", "session", "token"] },
  { name: "Settings", nouns: ["policy", "provider", "key"] },
  { name: "Records", nouns: ["audit", "docs"] },
];

/** Actions in groups, none left out. */
export function groupsOf(actions: readonly Action[]): { name: string; actions: Action[] }[] {
  const known = new Set(GROUPS.flatMap(({ nouns }) => nouns));
  const groups = GROUPS.map(({ name, nouns }) => ({
    name,
    actions: actions.filter(({ action }) => nouns.includes(nounOf(action))),
  }));
  const rest = { name: "More", actions: actions.filter(({ action }) => !known.has(nounOf(action))) };
  return [...groups, rest].filter((group) => group.actions.length > 0);
}

/** Whether a role may, in a word. */
export const MAY: Readonly<Record<Permission["may"], string>> = { any: "any", own: "own", no: "–" };

/** The same for whoever hears it. */
export const MAY_SAID: Readonly<Record<Permission["may"], string>> = { any: "any", own: "own", no: "no" };

/** What is done to the factors of others is done to people. */
const nounOf = (action: string) =>
  action === "factor:reset" ? "user" : action.slice(0, action.indexOf(":"));
