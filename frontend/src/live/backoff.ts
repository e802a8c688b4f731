const FIRST_SECONDS = 0.5;
const LONGEST_SECONDS = 30;

/** Full jitter: anything between nothing and a ceiling that doubles with each failure. */
export function backoffSeconds(failures: number, random: () => number): number {
  return random() * Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** failures);
}
