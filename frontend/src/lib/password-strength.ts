/** The server's rule, repeated so that one need not ask it. */
export const LEAST_PASSWORD_LENGTH = 12;

export type Strength = Readonly<{ level: "short" | "weak" | "fair" | "strong"; words: string }>;

/** How well a password resists guessing, in words; length counts most and no kind of character is demanded. */
export function passwordStrength(password: string): Strength {
  const length = [...password].length;
  if (length < LEAST_PASSWORD_LENGTH) {
    const missing = LEAST_PASSWORD_LENGTH - length;
    const most = length === 0 ? `At least ${LEAST_PASSWORD_LENGTH} characters.` : `${missing} more to go.`;
    return { level: "short", words: `${most} Four unrelated words are easy to remember.` };
  }
  const different = new Set(password.toLowerCase()).size;
  if (different < 6 || isRun(password)) return { level: "weak", words: "Weak: too regular, easy to guess." };
  if (length < 15) return { level: "fair", words: "Fair: 15 characters or more would be better." };
  return { level: "strong", words: "Strong." };
}

/** `abcdefghijkl`, `123456789012`, `qwertyuiop…` */
function isRun(password: string): boolean {
  const lower = password.toLowerCase();
  const rows = ["abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "12345678901234567890"];
  const pairs = [...lower].slice(1).map((next, index) => `${lower[index]}${next}`);
  const regular = pairs.filter((pair) => rows.some((row) => row.includes(pair)));
  return regular.length >= pairs.length * 0.7;
}
