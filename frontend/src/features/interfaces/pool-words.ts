import type { Pool } from "@/features/interfaces/address-documents";
import { formatCount } from "@/lib/format";

/** Above this a count says nothing any more, and a power of two does. */
const COUNTABLE = 1_000_000;

/** How many addresses a pool has: `254`, `2⁶⁴`. */
export function poolSize(size: number): string {
  return size <= COUNTABLE ? formatCount(size) : `2${raised(Math.round(Math.log2(size)))}`;
}

const raised = (power: number) => String(power).replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)] ?? "");

/** An address without the length that every single address has. */
export function bare(address: string): string {
  return address.replace(/\/(?:32|128)$/, "");
}

/** Percent of a pool that cannot be given to a peer now. */
export function poolPercent({ size, free }: Pick<Pool, "size" | "free">): number {
  return size === 0 ? 100 : ((size - free) / size) * 100;
}

/** What the addresses of a pool are, in words. */
export function poolWords(pool: Pool): string {
  const parts: [number, string][] = [
    [pool.used, "used"],
    [pool.reserved, "reserved"],
    [pool.resting, "resting"],
  ];
  const counted = parts
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${formatCount(count)} ${word}`);
  return [...(counted.length > 0 ? counted : ["nothing used"]), `${poolSize(pool.free)} free`].join(", ");
}
