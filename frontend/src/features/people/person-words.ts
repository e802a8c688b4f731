import type { Binding, Person, Role } from "@/features/people/person-documents";

/** What somebody can be bound to, by its name. */
export type Place = Readonly<{ scope: string; name: string }>;

/** Every role with a line about what it is for, the one with the most rights first. */
export const ROLES: readonly Readonly<{ role: Role; what: string }>[] = [
  { role: "owner", what: "may do everything" },
  { role: "admin", what: "runs the VPN and looks after people" },
  { role: "operator", what: "keeps interfaces working, and their peers" },
  { role: "viewer", what: "sees, and changes nothing" },
  { role: "member", what: "has peers of their own" },
];

export const WHOLE = "*";

/** What somebody may, in words: `owner`, `viewer of wg-office`, `operator of all of berlin`. */
export function bindingWords({ role, scope = WHOLE }: Binding, places: readonly Place[]): string {
  return scope === WHOLE ? role : `${role} of ${placeName(scope, places)}`;
}

/** Where a role is bound: by the name that is known, or else by what kind it is. */
export function placeName(scope: string, places: readonly Place[]): string {
  const known = places.find((place) => place.scope === scope);
  if (known) return known.name;
  if (scope === WHOLE) return "everything";
  const [kind, name] = [scope.slice(0, scope.indexOf(":")), scope.slice(scope.indexOf(":") + 1)];
  return kind === "node" ? `all of ${name}` : "an interface that is gone";
}

/** How somebody is: null for whoever joined and may come in. */
export function stateWords(person: Person, now: number): "disabled" | "invited" | "invitation over" | null {
  if (!person.enabled) return "disabled";
  if (person.joined_at !== null) return null;
  const until = person.invited_until === null ? 0 : Date.parse(person.invited_until) / 1000;
  return until > now ? "invited" : "invitation over";
}

/** How many peers somebody has, and may have: "2 peers", "2 of 5 peers". */
export function peerWords({ peer_count, peer_limit }: Pick<Person, "peer_count" | "peer_limit">): string {
  if (peer_limit !== null) return `${peer_count} of ${peer_limit} ${peer_limit === 1 ? "peer" : "peers"}`;
  return peer_count === 1 ? "1 peer" : `${peer_count} peers`;
}

/** Only members have peers of their own to make, so only theirs are counted against a limit. */
export const hasLimit = (bindings: readonly Pick<Binding, "role">[]): boolean =>
  bindings.some(({ role }) => role === "member");
