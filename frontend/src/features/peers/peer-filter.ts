import { NO_PEERS_KNOWN, type PeerBook } from "@/features/peers/peer-book";
import { overlaps, type Prefix, parsePrefix } from "@/lib/address";
import type { PeerPresence } from "@/live/presence";
import type { PeerStatus } from "@/live/status-types";

/** What a search asks for; `problems` says which words of it mean nothing. */
export type PeerFilter = Readonly<{
  matches: (peer: PeerStatus) => boolean;
  problems: readonly string[];
}>;

type Test = (peer: PeerStatus) => boolean;
type Term = Readonly<{ test: Test } | { problem: string }>;

const PRESENCES: readonly PeerPresence[] = ["active", "idle", "never", "disabled"];

/**
 * Parse a search: words separated by spaces, all of which must hold.
 *
 * `is:active|idle|never|disabled`, `ip:10.0.0.5` (a prefix that contains it or lies in it), `endpoint:…`, `key:…`,
 * `name:…`, `tag:…`; any other word is looked for in name, tags, key, endpoint and allowed IPs.
 */
export function parsePeerFilter(query: string, book: PeerBook = NO_PEERS_KNOWN): PeerFilter {
  const terms = query
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => parseTerm(word, book));
  const tests = terms.flatMap((term) => ("test" in term ? [term.test] : []));
  return {
    matches: (peer) => tests.every((test) => test(peer)),
    problems: terms.flatMap((term) => ("problem" in term ? [term.problem] : [])),
  };
}

/** The `is:` of a search, where it has exactly one. */
export function presenceIn(query: string): PeerPresence | null {
  const found = query.split(/\s+/).filter((word) => word.startsWith("is:"));
  const named = PRESENCES.find((presence) => found[0] === `is:${presence}`);
  return found.length === 1 && named ? named : null;
}

/** The same search with `is:` set to this presence, or without any. */
export function withPresence(query: string, presence: PeerPresence | null): string {
  const rest = query.split(/\s+/).filter((word) => word && !word.startsWith("is:"));
  return [...(presence ? [`is:${presence}`] : []), ...rest].join(" ");
}

function parseTerm(word: string, book: PeerBook): Term {
  const lower = word.toLowerCase();
  const colon = lower.indexOf(":");
  const value = lower.slice(colon + 1);
  switch (lower.slice(0, Math.max(0, colon))) {
    case "is":
      return presenceTerm(value);
    case "ip":
      return addressTerm(value);
    case "endpoint":
      return { test: (peer) => (peer.endpoint ?? "").toLowerCase().includes(value) };
    case "key":
      return { test: (peer) => peer.public_key.toLowerCase().includes(value) };
    case "name":
      return { test: (peer) => book.label(peer.public_key).toLowerCase().includes(value) };
    case "tag":
      return {
        test: (peer) => book.tags(peer.public_key).some((tag) => tag.toLowerCase().startsWith(value)),
      };
    default:
      return { test: (peer) => mentions(peer, lower, book) };
  }
}

function presenceTerm(value: string): Term {
  const presence = PRESENCES.find((each) => each === value);
  if (presence) return { test: (peer) => peer.presence === presence };
  // Half typed is no mistake yet.
  if (PRESENCES.some((each) => each.startsWith(value))) return { test: () => true };
  return { problem: `is: takes active, idle, never or disabled, not "${value}".` };
}

function addressTerm(value: string): Term {
  const wanted = parsePrefix(value);
  if (wanted)
    return { test: (peer) => prefixesOf(peer.allowed_ips).some((prefix) => overlaps(prefix, wanted)) };
  if (/^[\da-f.:/]*$/.test(value))
    return { test: (peer) => peer.allowed_ips.some((ip) => ip.startsWith(value)) };
  return { problem: `ip: takes an address or a prefix such as 10.0.0.5 or fd00::/64, not "${value}".` };
}

function mentions(peer: PeerStatus, lower: string, book: PeerBook): boolean {
  return (
    book.label(peer.public_key).toLowerCase().includes(lower) ||
    book.tags(peer.public_key).some((tag) => tag.toLowerCase().includes(lower)) ||
    peer.public_key.toLowerCase().includes(lower) ||
    (peer.endpoint ?? "").toLowerCase().includes(lower) ||
    peer.allowed_ips.some((ip) => ip.includes(lower))
  );
}

const parsed = new WeakMap<readonly string[], readonly Prefix[]>();

/** Parsed once per list: a peer keeps its list through every change of its counters. */
function prefixesOf(allowedIps: readonly string[]): readonly Prefix[] {
  const known = parsed.get(allowedIps);
  if (known) return known;
  const prefixes = allowedIps.map(parsePrefix).filter((prefix) => prefix !== null);
  parsed.set(allowedIps, prefixes);
  return prefixes;
}
