import type { Grant, Provider } from "@/features/providers/provider-documents";

export type Place = Readonly<{ scope: string; name: string }>;

/** What a claim may make somebody; never an owner or admin. */
export const MAPPABLE = [
  { value: "operator", label: "Operator" },
  { value: "viewer", label: "Viewer" },
  { value: "member", label: "Member" },
] as const;

/** Who comes in by a provider, in a line. */
export function admits({ admits_new, admits_admins, email_domains }: Provider): string {
  const who = admits_new ? "Known and new people" : "People who are known here";
  const domains = email_domains.length > 0 ? ` of ${email_domains.join(", ")}` : "";
  return `${who}${domains}${admits_admins ? ", owners and admins too" : ""}`;
}

/** What the claim gives, in a line. */
export function grantWords({ claim, grants }: Provider, places: readonly Place[]): string {
  if (grants.length === 0) return "None";
  return grants.map((grant) => oneGrant(grant, claim, places)).join("; ");
}

function oneGrant({ value, role, scope }: Grant, claim: string, places: readonly Place[]): string {
  const whom = value === "*" ? "everybody" : `${claim} ${value}`;
  const where = scope === "*" ? "" : ` of ${places.find((place) => place.scope === scope)?.name ?? scope}`;
  return `${whom} → ${role}${where}`;
}
