import { useQuery } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import { type Permission, type RoleRow, type RoleTable, rolesQuery } from "@/features/roles/role-documents";
import styles from "@/features/roles/role-matrix.module.css";
import { groupsOf, MAY, MAY_SAID } from "@/features/roles/role-words";
import { classNames } from "@/lib/class-names";
import { Notice } from "@/ui/notice";
import { Skeleton } from "@/ui/skeleton";

/** Who may do what, and why: every role beside the others where there is room, else one at a time. */
export function RoleMatrix({ own }: { own: string | null }) {
  const { data, error, isPending } = useQuery(rolesQuery);
  if (isPending) return <Skeleton lines={10} />;
  if (error) return <Notice title={error.message} />;
  return <Matrix table={data} own={own} />;
}

function Matrix({ table, own }: { table: RoleTable; own: string | null }) {
  const [chosen, setChosen] = useState(own ?? "viewer");
  const role = table.roles.find((each) => each.role === chosen) ?? table.roles[0];
  if (!role) return null;
  return (
    <div className={styles.frame}>
      <fieldset className={styles.roles}>
        <legend className="visually-hidden">Role to look at</legend>
        {table.roles.map((each) => (
          <button
            key={each.role}
            type="button"
            className={styles.choice}
            aria-pressed={each.role === role.role}
            onClick={() => setChosen(each.role)}
          >
            {each.role}
          </button>
        ))}
      </fieldset>
      <p className={styles.what}>{role.what}</p>
      <p className={styles.legend}>
        <b>any</b>: within what the role is bound to. <b>own</b>: what is their own. <b>–</b>: not at all.
      </p>
      <table className={styles.table} aria-label="Who may do what">
        <thead>
          <tr>
            <th scope="col">Action</th>
            {table.roles.map((each) => (
              <th key={each.role} scope="col" className={cellClass(each, role)}>
                {each.role}
              </th>
            ))}
            <th scope="col" className={styles.why}>
              Why, for {role.role}
            </th>
          </tr>
        </thead>
        {groupsOf(table.actions).map((group) => (
          <tbody key={group.name}>
            <tr className={styles.group}>
              <th scope="rowgroup" colSpan={table.roles.length + 2}>
                {group.name}
              </th>
            </tr>
            {group.actions.map(({ action, what }) => (
              <tr key={action} data-action={action}>
                <th scope="row" title={action}>
                  {what}
                </th>
                {table.roles.map((each) => (
                  <td key={each.role} className={cellClass(each, role)}>
                    <May permission={permissionOf(each, action)} />
                  </td>
                ))}
                <td className={styles.why}>{permissionOf(role, action).why}</td>
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

function May({ permission: { may, why } }: { permission: Permission }) {
  return (
    <Fragment>
      <span className={styles[may]} title={why} aria-hidden="true">
        {MAY[may]}
      </span>
      <span className="visually-hidden">{MAY_SAID[may]}</span>
    </Fragment>
  );
}

const cellClass = (each: RoleRow, role: RoleRow) =>
  classNames(styles.cell, each.role === role.role && styles.chosen);

/** An action of which a role says nothing is one that it may not do. */
const permissionOf = (role: RoleRow, action: string): Permission =>
  role.permissions.find((each) => each.action === action) ?? { action, may: "no", why: "" };
