import type { HeldBack, Rule, SecondFactorPolicy } from "@/features/policies/policy-documents";

/** Each rule with what it means to live by it. */
export const RULES: readonly Readonly<{ value: Rule; label: string; note: string }>[] = [
  { value: "optional", label: "Optional", note: "Everybody may set one up, and nobody has to." },
  {
    value: "admins",
    label: "Owners and admins",
    note: "Whoever decides about people or interfaces needs one.",
  },
  { value: "all", label: "Everybody", note: "Nobody gets past the sign-in with a password alone." },
];

/** What a new rule would do at once, in words, before it is set. */
export function consequences(policy: SecondFactorPolicy, rule: Rule): string[] {
  if (rule === "optional")
    return ["Nobody has to have a second factor any more. Whoever has one keeps it, and is asked for it."];
  const held = policy[rule];
  if (held.count === 0) return ["Everybody concerned has a second factor already. Nobody notices a thing."];
  return [
    `${heldBackWords(held)} without a second factor. They are signed out now, and what they have open closes.`,
    "After their next sign-in they set one up before anything else. Programs with API tokens of theirs go on.",
  ];
}

function heldBackWords({ count, emails }: HeldBack): string {
  const unnamed = count - emails.length;
  const named = unnamed > 0 ? [...emails, `${unnamed} more`] : emails;
  return `${listed(named)} ${count === 1 ? "is" : "are"}`;
}

function listed(names: readonly string[]): string {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
