import styles from "@/features/peers/column-menu.module.css";
import { PEER_COLUMNS } from "@/features/peers/peer-columns";
import { Disclosure } from "@/ui/disclosure";
import { Icon } from "@/ui/icon";

const ALWAYS = ["presence", "public_key"];

type Props = { hidden: ReadonlySet<string>; onHidden: (hidden: ReadonlySet<string>) => void };

/** Which columns the table has. */
export function ColumnMenu({ hidden, onHidden }: Props) {
  const toggle = (id: string) => {
    const next = new Set(hidden);
    if (!next.delete(id)) next.add(id);
    onHidden(next);
  };
  return (
    <Disclosure label="Columns" button={<Icon name="columns" />} buttonClass={styles.button} side="below-end">
      {PEER_COLUMNS.filter((column) => !ALWAYS.includes(column.id)).map((column) => (
        <label key={column.id} className={styles.choice}>
          <input type="checkbox" checked={!hidden.has(column.id)} onChange={() => toggle(column.id)} />
          {column.name}
        </label>
      ))}
    </Disclosure>
  );
}
