import type { OpenSession } from "@/features/sessions/session-documents";

/** How somebody signed in, by the names of RFC 8176. */
export function signInWords(amr: OpenSession["amr"]): string {
  const ways = WAYS.filter(([names]) => names.some((name) => amr.includes(name))).map(([, word]) => word);
  return ways.length === 0 ? "" : `by ${ways.join(" and ")}`;
}

const WAYS: readonly (readonly [names: readonly string[], word: string])[] = [
  [["pwd"], "password"],
  [["fed"], "a provider"],
  [["otp"], "code"],
  [["hwk", "swk"], "passkey"],
];

/** What a browser says of itself; the server has one word for those that say nothing. */
export const browserWords = ({ browser }: OpenSession): string =>
  browser === "unknown" ? "A browser that does not say what it is" : browser;
