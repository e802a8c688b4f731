import type { Factors } from "@/api/own-factors";

/** The text of a file that keeps recovery codes. */
export function codesFile(codes: readonly string[], host: string): string {
  return `Recovery codes of Sentra at ${host}. Each works once.\n\n${codes.join("\n")}\n`;
}

/** A secret in groups of four, as it is typed into an app. */
export const grouped = (secret: string): string => secret.replace(/(.{4})(?=.)/g, "$1 ");

/** How many recovery codes are left, and what to do about it. */
export function codesLeft(left: number): string {
  if (left === 0) return "None is left. Make new ones.";
  return left <= 3 ? `${left} of 10 left. Make new ones soon.` : `${left} of 10 left.`;
}

/** Whether a password alone is enough. */
export const hasNone = ({ totp_since, passkeys }: Factors): boolean =>
  totp_since === null && passkeys.length === 0;
