import type { Pool } from "@/features/interfaces/address-documents";
import styles from "@/features/interfaces/addresses.module.css";
import { bare, poolPercent, poolSize, poolWords } from "@/features/interfaces/pool-words";
import { Meter } from "@/ui/meter";

/** How full each pool is, and which address the next peer gets. */
export function PoolList({ pools }: { pools: readonly Pool[] }) {
  if (pools.length === 0)
    return (
      <p className={styles.none}>There is no pool: peers get only the addresses that somebody gives them.</p>
    );
  return (
    <ul className={styles.pools}>
      {pools.map((pool) => (
        <li key={pool.prefix} className={styles.pool}>
          <p className={styles.prefix}>
            <code>{pool.prefix}</code>
            <span className={styles.muted}>{poolSize(pool.size)} addresses</span>
          </p>
          <Meter label={`How full ${pool.prefix} is`} percent={poolPercent(pool)} />
          <p className={styles.muted}>
            {poolWords(pool)}
            {pool.next ? (
              <>
                ; next is <code>{bare(pool.next)}</code>
              </>
            ) : (
              "; nothing is left"
            )}
          </p>
        </li>
      ))}
    </ul>
  );
}
