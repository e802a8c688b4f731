// biome-ignore-all lint/a11y/noRedundantRoles: parts of a table whose display is not that of a table keep their roles by name
import type { PeerColumn } from "@/features/peers/peer-columns";
import type { PeerSort, SortColumn } from "@/features/peers/peer-sort";
import styles from "@/features/peers/peer-table.module.css";
import { classNames } from "@/lib/class-names";
import { Icon } from "@/ui/icon";

type Props = { columns: readonly PeerColumn[]; sort: PeerSort; onSort: (column: SortColumn) => void };

/** The column heads; each sorts by its column. */
export function PeerHead({ columns, sort, onSort }: Props) {
  return (
    <thead role="rowgroup" className={styles.head}>
      <tr role="row" aria-rowindex={1} className={styles.headRow}>
        {columns.map((column) => {
          const sorted = sort.column === column.id;
          return (
            <th
              key={column.id}
              role="columnheader"
              scope="col"
              aria-sort={sorted ? (sort.descending ? "descending" : "ascending") : "none"}
              className={classNames(styles.headCell, column.isNumber && styles.number)}
            >
              <button type="button" className={styles.sort} onClick={() => onSort(column.id)}>
                <span className={column.id === "presence" ? "visually-hidden" : undefined}>
                  {column.name}
                </span>
                <span className={styles.arrow}>
                  {sorted && <Icon name={sort.descending ? "down" : "up"} size={12} />}
                </span>
              </button>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}
