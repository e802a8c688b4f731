/** An IPv4 or IPv6 prefix as numbers: `bits` leading bits of `value` in an address of `width` bits. */
export type Prefix = Readonly<{ width: 32 | 128; value: bigint; bits: number }>;

/** Parse `10.0.0.0/8`, `10.0.0.5`, `fd00::/64` or `fd00::5`; null where it is neither. */
export function parsePrefix(text: string): Prefix | null {
  const [address = "", length, ...rest] = text.split("/");
  if (rest.length > 0) return null;
  const value = address.includes(":") ? parseIpv6(address) : parseIpv4(address);
  if (value === null) return null;
  const width = address.includes(":") ? 128 : 32;
  if (length === undefined) return { width, value, bits: width };
  if (!/^\d{1,3}$/.test(length) || Number(length) > width) return null;
  return { width, value, bits: Number(length) };
}

/** Whether one of the two contains the other. */
export function overlaps(a: Prefix, b: Prefix): boolean {
  if (a.width !== b.width) return false;
  const shift = BigInt(a.width - Math.min(a.bits, b.bits));
  return a.value >> shift === b.value >> shift;
}

/** IPv4 before IPv6, then by number, then the wider prefix first. */
export function comparePrefixes(a: Prefix | null, b: Prefix | null): number {
  if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0);
  if (a.width !== b.width) return a.width - b.width;
  if (a.value !== b.value) return a.value < b.value ? -1 : 1;
  return a.bits - b.bits;
}

function parseIpv4(text: string): bigint | null {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return null;
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function parseIpv6(text: string): bigint | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const [head, tail] = [groups(halves[0]), groups(halves[1])];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const all = [...head, ...Array<number>(missing).fill(0), ...tail];
  return all.reduce((value, group) => (value << 16n) | BigInt(group), 0n);
}

function groups(text: string | undefined): number[] | null {
  if (!text) return [];
  const found: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (part.includes(".") && index === parts.length - 1) {
      const ipv4 = parseIpv4(part);
      if (ipv4 === null) return null;
      found.push(Number(ipv4 >> 16n), Number(ipv4 & 0xffffn));
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) found.push(Number.parseInt(part, 16));
    else return null;
  }
  return found;
}
