/** The entries of a field in which several are separated by commas, spaces or lines. */
export function entriesOf(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

/** Entries as they are edited in such a field. */
export function entriesText(entries: readonly string[] | null | undefined): string {
  return (entries ?? []).join(", ");
}
