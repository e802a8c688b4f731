/** The body of an answer, which is never empty where it is a success. */
export function resultOf<Result>(data: Result | undefined): Result {
  if (data === undefined) throw new Error("The server's answer was empty.");
  return data;
}

/** What a request asks for that only wants to know what it would do. */
export const asked = (dryRun: boolean): { dry_run?: boolean } => (dryRun ? { dry_run: true } : {});
