/** Samples that may be missed; as the server does for `online`. */
export const PACES = 3;
const SLACK_SECONDS = 1;

/** Whether a node that samples each so many seconds should have been heard again by now. */
export function isOverdue(sampleSeconds: number, heardSeconds: number): boolean {
  return heardSeconds > PACES * sampleSeconds + SLACK_SECONDS;
}
