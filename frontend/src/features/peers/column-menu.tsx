import { Popover } from "@mantine/core";
import styles from "@/features/peers/column-menu.module.css";
import { PEER_COLUMNS } from "@/features/peers/peer-columns";
import { IconButton } from "@/ui/icon-button";

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
    <Popover position="bottom-end" withinPortal trapFocus transitionProps={{ duration: 100 }}>
      <Popover.Target>
        <IconButton icon="columns" label="Columns" />
      </Popover.Target>
      <Popover.Dropdown className={styles.menu ?? ""} aria-label="Columns">
        {PEER_COLUMNS.filter((column) => !ALWAYS.includes(column.id)).map((column) => (
          <label key={column.id} className={styles.choice}>
            <input type="checkbox" checked={!hidden.has(column.id)} onChange={() => toggle(column.id)} />
            {column.name}
          </label>
        ))}
      </Popover.Dropdown>
    </Popover>
  );
}
