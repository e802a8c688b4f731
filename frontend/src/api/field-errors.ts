import { ApiError } from "@/api/api-error";

/** What the server says is wrong with a field or with an entry of it, if anything. */
export function fieldError(error: Error | null, field: string): string | null {
  if (!(error instanceof ApiError)) return null;
  return error.fields.find((entry) => belongs(entry.field, field))?.message ?? null;
}

/** What is wrong that no field of the form shows. */
export function formError(error: Error | null, shown: readonly string[]): string | null {
  if (error === null) return null;
  if (!(error instanceof ApiError) || error.fields.length === 0) return error.message;
  const rest = error.fields.filter((entry) => !shown.some((field) => belongs(entry.field, field)));
  return rest.length > 0 ? rest.map((entry) => entry.message).join(" ") : null;
}

function belongs(named: string, field: string): boolean {
  return named === field || named.startsWith(`${field}.`);
}
