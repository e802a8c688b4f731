import { useRef, useState } from "react";
import { fieldError } from "@/api/field-errors";
import type { Grant } from "@/features/providers/provider-documents";
import { MAPPABLE, type Place } from "@/features/providers/provider-words";
import styles from "@/features/providers/role-rows.module.css";
import { Button } from "@/ui/button";
import { IconButton } from "@/ui/icon-button";
import { SelectField } from "@/ui/select-field";
import { TextField } from "@/ui/text-field";

type Row = Readonly<{ key: number; grant: Grant }>;

type Props = { grants: readonly Grant[]; places: readonly Place[]; error: Error | null };

const NEW: Grant = { value: "", role: "viewer", scope: "*" };

/** Which value of the claim gives which role, one below the other. `readGrants` reads them. */
export function RoleRows({ grants, places, error }: Props) {
  const next = useRef(grants.length);
  const [rows, setRows] = useState<readonly Row[]>(() => grants.map((grant, key) => ({ key, grant })));
  const add = () => {
    setRows([...rows, { key: next.current, grant: NEW }]);
    next.current += 1;
  };
  return (
    <fieldset className={styles.rows}>
      <legend>Roles</legend>
      {rows.map(({ key, grant }, index) => (
        <div key={key} className={styles.row}>
          <TextField
            label="Value"
            name="grant-value"
            defaultValue={grant.value}
            required
            maxLength={200}
            placeholder="wg-operators, or * for everybody"
            error={fieldError(error, `grants.${index}.value`)}
          />
          <SelectField
            label="Role"
            name="grant-role"
            defaultValue={grant.role}
            options={MAPPABLE}
            error={fieldError(error, `grants.${index}.role`)}
          />
          <SelectField
            label="Where"
            name="grant-scope"
            defaultValue={grant.scope}
            options={[
              { value: "*", label: "Everywhere" },
              ...places.map(({ scope, name }) => ({ value: scope, label: name })),
            ]}
            error={fieldError(error, `grants.${index}.scope`)}
          />
          <span className={styles.remove}>
            <IconButton
              icon="close"
              label={`Remove role ${index + 1}`}
              onClick={() => setRows(rows.filter((row) => row.key !== key))}
            />
          </span>
        </div>
      ))}
      <div>
        <Button onClick={add}>Add role</Button>
      </div>
    </fieldset>
  );
}

/** What the rows of a form say. */
export function readGrants(form: FormData): Grant[] {
  const texts = (name: string) =>
    form.getAll(name).map((text) => (typeof text === "string" ? text.trim() : ""));
  const [roles, scopes] = [texts("grant-role"), texts("grant-scope")];
  return texts("grant-value").map((value, index) => ({
    value,
    role: MAPPABLE.find((role) => role.value === roles[index])?.value ?? "viewer",
    scope: scopes[index] ?? "*",
  }));
}
