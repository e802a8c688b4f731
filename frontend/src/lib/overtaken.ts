/** What a form shows, by field. */
export type Texts = Readonly<Record<string, string>>;

/** A field that somebody else changed since this form was opened. */
export type Overtaken = Readonly<{
  field: string;
  theirs: string;
  /** What was typed here in its place; null where nothing was. */
  mine: string | null;
}>;

/** The fields that were edited, as they are now. */
export function editedTexts(opened: Texts, typed: Texts): Texts {
  return Object.fromEntries(Object.entries(typed).filter(([field, text]) => text !== (opened[field] ?? "")));
}

/** What somebody else changed between `opened` and `newest`, beside what was edited here. */
export function overtakenFields(opened: Texts, newest: Texts, edited: Texts): readonly Overtaken[] {
  return Object.entries(newest)
    .filter(([field, text]) => text !== (opened[field] ?? ""))
    .map(([field, theirs]) => {
      const mine = edited[field];
      return { field, theirs, mine: mine === undefined || mine === theirs ? null : mine };
    });
}
