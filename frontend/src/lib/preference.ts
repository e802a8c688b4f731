/** How somebody likes the page to look; the only thing that is ever kept in the browser. */
export type Preference = "theme" | "columns" | "navigation";

export function readPreference(name: Preference): string | null {
  try {
    return localStorage.getItem(`sentra-${name}`);
  } catch {
    return null;
  }
}

export function writePreference(name: Preference, value: string): void {
  try {
    localStorage.setItem(`sentra-${name}`, value);
  } catch {
    // Storage may be blocked or full; the choice holds until the page is left.
  }
}

/** Ending a session makes the browser forget this site; give back what was no more than a look. */
export function keepPreferences(): () => void {
  const kept = (["theme", "columns", "navigation"] as const).map(
    (name) => [name, readPreference(name)] as const,
  );
  return () => {
    for (const [name, value] of kept) if (value !== null) writePreference(name, value);
  };
}
