import { PEER_COLUMNS } from "@/features/peers/peer-columns";
import { formatSort, type PeerSort, parseSort } from "@/features/peers/peer-sort";
import styles from "@/features/peers/sort-select.module.css";

/** The sort where there is no room for column heads. */
export function SortSelect({ sort, onSort }: { sort: PeerSort; onSort: (sort: PeerSort) => void }) {
  return (
    <select
      className={styles.select}
      aria-label="Sort by"
      value={formatSort(sort) ?? "allowed_ips"}
      onChange={(event) => onSort(parseSort(event.currentTarget.value))}
    >
      {PEER_COLUMNS.map(({ id, name }) => {
        const largestFirst = /_rate|_bytes|handshake/.test(id);
        return (
          <option key={id} value={largestFirst ? `-${id}` : id}>
            {name}
          </option>
        );
      })}
    </select>
  );
}
