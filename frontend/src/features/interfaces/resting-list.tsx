import type { components } from "@/api/schema";
import styles from "@/features/interfaces/addresses.module.css";
import { bare } from "@/features/interfaces/pool-words";
import { formatMoment, formatUptime } from "@/lib/format";
import { useTicking } from "@/live/use-ticking";

type Resting = components["schemas"]["RestingView"];

/** Addresses that peers gave up, and when others may get them. */
export function RestingList({ resting }: { resting: readonly Resting[] }) {
  if (resting.length === 0) return <p className={styles.none}>No address rests.</p>;
  return (
    <ul>
      {resting.map((address) => (
        <li key={address.address} className={styles.line}>
          <code>{bare(address.address)}</code>
          <span className={styles.note}>was {address.peer_name}'s</span>
          <FreeIn at={Date.parse(address.free_at) / 1000} />
        </li>
      ))}
    </ul>
  );
}

function FreeIn({ at }: { at: number }) {
  const text = useTicking((now) =>
    at > now ? `free in ${formatUptime(60 * Math.ceil((at - now) / 60))}` : "free",
  );
  return (
    <time className={styles.muted} dateTime={new Date(at * 1000).toISOString()} title={formatMoment(at)}>
      {text}
    </time>
  );
}
