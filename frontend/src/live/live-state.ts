import { PACES } from "@/live/node-freshness";
import type { Link, NodeStatus } from "@/live/status-types";

/** Heartbeats come each 20 s: after this much silence nothing is called live, not even a page without nodes. */
const SILENCE_SECONDS = 25;

export type LiveKind = "connecting" | "live" | "stale" | "reconnecting" | "offline";
export type LiveState = Readonly<{ kind: LiveKind; age: number | null }>;

/** How live what is shown is, and how old the newest sample of these nodes is in seconds. */
export function liveState(seen: {
  link: Link;
  hasSnapshot: boolean;
  browserOnline: boolean;
  silentSeconds: number;
  nodes: readonly NodeStatus[];
  /** Whether a node is online and was heard of within its pace, by this page's own measure. */
  isFresh: (node: string) => boolean;
  now: number;
}): LiveState {
  const { nodes, now } = seen;
  const sampled = nodes.filter((node) => node.sampled_at > 0);
  const newest = Math.max(...sampled.map((node) => node.sampled_at));
  const age = sampled.length > 0 ? Math.max(0, Math.floor(now - newest)) : null;
  return { kind: kindOf(seen, age), age };
}

function kindOf(seen: Parameters<typeof liveState>[0], age: number | null): LiveKind {
  if (seen.link !== "open") {
    if (!seen.browserOnline) return "offline";
    return seen.hasSnapshot ? "reconnecting" : "connecting";
  }
  if (!seen.hasSnapshot) return "connecting";
  if (seen.silentSeconds > SILENCE_SECONDS) return "stale";
  if (seen.nodes.length > 0 && !seen.nodes.some(({ node }) => seen.isFresh(node))) return "stale";
  // A page that slept may have a monotonic clock that did so too; the age of the sample knows better.
  const pace = Math.max(1, ...seen.nodes.map((node) => node.sample_seconds));
  return age !== null && age > PACES * pace + SILENCE_SECONDS ? "stale" : "live";
}
