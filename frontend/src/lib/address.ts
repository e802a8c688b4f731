/** An IPv4 or IPv6 prefix: its address as 32-bit words, one or four of them, and how many leading bits count. */
export type Prefix = Readonly<{ words: readonly number[]; bits: number }>;

/** Parse `10.0.0.0/8`, `10.0.0.5`, `fd00::/64` or `fd00::5`; null where it is neither. */
export function parsePrefix(text: string): Prefix | null {
  const slash = text.indexOf("/");
  const address = slash < 0 ? text : text.slice(0, slash);
  const words = address.includes(":") ? parseIpv6(address) : parseIpv4(address);
  if (words === null) return null;
  const width = words.length * 32;
  if (slash < 0) return { words, bits: width };
  const length = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(length) || Number(length) > width) return null;
  return { words, bits: Number(length) };
}

/** Whether one of the two contains the other. */
export function overlaps(a: Prefix, b: Prefix): boolean {
  if (a.words.length !== b.words.length) return false;
  let left = Math.min(a.bits, b.bits);
  for (let index = 0; left > 0; index += 1, left -= 32) {
    const ignored = Math.max(0, 32 - left);
    if (((a.words[index] ?? 0) ^ (b.words[index] ?? 0)) >>> ignored !== 0) return false;
  }
  return true;
}

/** A text by which prefixes sort: IPv4 before IPv6, then by number, then the wider first. */
export function prefixRank({ words, bits }: Prefix): string {
  const digits = words.map((word) => word.toString(16).padStart(8, "0")).join("");
  return `${words.length}${digits}${String(bits).padStart(3, "0")}`;
}

function parseIpv4(text: string): number[] | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  let word = 0;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return null;
    word = word * 256 + Number(part);
  }
  return [word];
}

function parseIpv6(text: string): number[] | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const [head, tail] = [groups(halves[0]), groups(halves[1])];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const all = [...head, ...Array<number>(missing).fill(0), ...tail];
  return [0, 2, 4, 6].map((index) => (all[index] ?? 0) * 65_536 + (all[index + 1] ?? 0));
}

function groups(text: string | undefined): number[] | null {
  if (!text) return [];
  const found: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (part.includes(".") && index === parts.length - 1) {
      const word = parseIpv4(part)?.[0];
      if (word === undefined) return null;
      found.push(word >>> 16, word & 0xffff);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) found.push(Number.parseInt(part, 16));
    else return null;
  }
  return found;
}
