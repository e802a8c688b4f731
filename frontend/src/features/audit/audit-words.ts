import type { AuditEntry } from "@/features/audit/audit-documents";

/** What the log can be narrowed to, by the noun of the action. */
export const KINDS: readonly (readonly [string, string])[] = [
  ["", "Everything"],
  ["interface", "Interfaces"],
  ["peer", "Peers"],
  ["user", "People"],
  ["role", "Roles"],
  ["session", "Sign-ins"],
  ["password", "Passwords"],
  ["factor", "Second factors"],
  ["token", "Tokens"],
  ["provider", "Identity providers"],
];

export const OUTCOMES = [
  ["", "Done and refused"],
  ["done", "Done"],
  ["refused", "Refused"],
] as const;

/** One entry in words: what happened, where a summary alone does not say it. */
export function entryWords({ outcome, action, summary, count }: AuditEntry): string {
  if (outcome !== "refused") return summary === "" ? action : summary;
  const what = `${action} was refused`;
  return count > 1 ? `${what}, ${count} times in a minute` : what;
}

/** Who did it: a name, or that it was nobody who is known. */
export function actorWords({ actor_name, actor_kind }: AuditEntry): string {
  if (actor_name === "") return "Somebody unknown";
  return actor_kind === "token" ? `${actor_name} by a token` : actor_name;
}

export type Change = Readonly<{ field: string; before: string | null; after: string | null }>;

/** Which fields became what, of an entry's detail; those of a peer with its name in front where there are several. */
export function changesOf({ detail }: AuditEntry): Change[] {
  const peers = isList(detail.peers) ? detail.peers.filter(isRecord) : [];
  const ofPeers = peers.flatMap((peer) =>
    fieldsOf(peer.fields, peers.length > 1 ? `${String(peer.name)}: ` : ""),
  );
  return [...fieldsOf(detail.fields, ""), ...ofPeers];
}

function fieldsOf(fields: unknown, prefix: string): Change[] {
  if (!isRecord(fields)) return [];
  return Object.entries(fields).flatMap(([field, values]) => {
    if (!isList(values)) return [];
    return [{ field: prefix + field.replaceAll("_", " "), before: text(values[0]), after: text(values[1]) }];
  });
}

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);
const isList = (value: unknown): value is unknown[] => Array.isArray(value);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
