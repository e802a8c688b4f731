import type { ApiToken } from "@/features/tokens/token-documents";

/** An action in one word, for lists, and as a line that is chosen. */
type ActionWords = readonly [action: string, word: string, line: string];
type Group = Readonly<{ name: string; actions: readonly ActionWords[] }>;

const GROUPS: readonly Group[] = [
  {
    name: "What runs",
    actions: [["status:read", "watch", "Watch what runs: peers, traffic, handshakes"]],
  },
  {
    name: "Interfaces",
    actions: [
      ["interface:read", "see", "See them"],
      ["interface:inspect", "inspect", "See their history, addresses, and what was changed by hand"],
      ["interface:update", "change", "Change, start and stop them; undo and settle changes"],
      ["interface:create", "make", "Make new ones"],
      ["interface:import", "import", "Make new ones of config files"],
      ["interface:adopt", "take over", "Take over those that run already"],
      ["interface:delete", "delete", "Delete them, with their peers"],
    ],
  },
  {
    name: "Peers",
    actions: [
      ["peer:read", "see", "See them"],
      ["peer:create", "make", "Make new ones"],
      ["peer:update", "change", "Change, enable and disable them"],
      ["peer:rekey", "re-key", "Give them another key"],
      ["peer:config", "hand out", "Hand out their config files"],
      ["peer:delete", "delete", "Delete them"],
    ],
  },
  {
    name: "Records",
    actions: [
      ["audit:read", "read the audit", "Read who did what"],
      ["docs:read", "read the API documentation", "Read the documentation of the API"],
    ],
  },
];

/** What can be chosen, in groups; what this page has no words for goes by its name. */
export function groupsOf(actions: readonly string[]): Group[] {
  const chosen = GROUPS.map(({ name, actions: all }) => ({
    name,
    actions: all.filter(([action]) => actions.includes(action)),
  }));
  const known = new Set(GROUPS.flatMap((group) => group.actions.map(([action]) => action)));
  const others = actions.filter((action) => !known.has(action));
  const rest = { name: "More", actions: others.map((action): ActionWords => [action, action, action]) };
  return [...chosen, rest].filter((group) => group.actions.length > 0);
}

/** What a token may do, in a line: "Interfaces: see, change · Peers: see". */
export function actionWords(actions: readonly string[]): string {
  return groupsOf(actions)
    .map(({ name, actions: all }) => `${name}: ${all.map(([, word]) => word).join(", ")}`)
    .join(" · ");
}

/** Where a token may be used: everywhere, on a node or on an interface, which goes by its name. */
export function scopeWords(scope: string, places: readonly Place[]): string {
  const known = places.find((place) => place.scope === scope);
  if (known) return known.name;
  const [kind, name] = [scope.slice(0, scope.indexOf(":")), scope.slice(scope.indexOf(":") + 1)];
  if (scope === "*") return EVERYWHERE;
  return kind === "node" ? `all of ${name}` : "an interface that you do not see";
}

export const EVERYWHERE = "everywhere";

/** Somewhere that a token can be held to. */
export type Place = Readonly<{ scope: string; name: string }>;

/** Every node and every interface, as places. */
export function placesOf(
  interfaces: readonly Readonly<{ id: string; node: string; name: string }>[],
): Place[] {
  const nodes = [...new Set(interfaces.map(({ node }) => node))];
  return [
    ...nodes.map((node) => ({ scope: `node:${node}`, name: `all of ${node}` })),
    ...interfaces.map(({ id, node, name }) => ({
      scope: `interface:${id}`,
      name: nodes.length > 1 ? `${name} on ${node}` : name,
    })),
  ];
}

const DAY_SECONDS = 86_400;

/** How long a token is still good, in days; "over" for one that has ended. */
export function expiryWords(expiresAt: number, now: number): string {
  const left = expiresAt - now;
  if (left <= 0) return "over";
  return left < DAY_SECONDS ? "within a day" : `in ${Math.round(left / DAY_SECONDS)} d`;
}

/** Ends within a week: whoever uses it should make another one. */
export const endsSoon = (expiresAt: number, now: number): boolean =>
  expiresAt > now && expiresAt - now < 7 * DAY_SECONDS;

/** A line that does something with the token right away: the most telling thing that it may read. */
export function curlLine(origin: string, { actions, scope, token }: ApiToken & { token: string }): string {
  const iface = scope.startsWith("interface:") ? scope.slice("interface:".length) : null;
  return `curl -sS "${origin}/api/v1/${pathFor(actions, iface)}" -H "Authorization: Bearer ${token}"`;
}

function pathFor(actions: readonly string[], iface: string | null): string {
  if (actions.includes("status:read")) return "status";
  if (actions.includes("interface:read")) return "interfaces";
  if (actions.includes("peer:read") && iface) return `interfaces/${iface}/peers`;
  return actions.includes("audit:read") ? "audit" : "session";
}
