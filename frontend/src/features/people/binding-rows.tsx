import { useRef, useState } from "react";
import { fieldError } from "@/api/field-errors";
import styles from "@/features/people/people.module.css";
import type { Binding, Role } from "@/features/people/person-documents";
import { type Place, placeName, ROLES, WHOLE } from "@/features/people/person-words";
import { Button } from "@/ui/button";
import { IconButton } from "@/ui/icon-button";
import { SelectField } from "@/ui/select-field";

type Row = Readonly<{ key: number; binding: Binding }>;

type Props = {
  bindings: readonly Binding[];
  /** Which roles one may give. */
  grantable: readonly Role[];
  places: readonly Place[];
  error: Error | null;
  /** Hears of what is chosen each time it changes. */
  onChange: (bindings: readonly Binding[]) => void;
};

/** Roles one below the other, each with what it is bound to. */
export function BindingRows({ bindings, grantable, places, error, onChange }: Props) {
  const next = useRef(bindings.length);
  const [rows, setRows] = useState<readonly Row[]>(() => bindings.map((binding, key) => ({ key, binding })));
  const become = (after: readonly Row[]) => {
    setRows(after);
    onChange(after.map(({ binding }) => binding));
  };
  const put = (key: number, said: Partial<Binding>) =>
    become(rows.map((row) => (row.key === key ? { key, binding: { ...row.binding, ...said } } : row)));
  const add = () => {
    become([...rows, { key: next.current, binding: firstFree(rows, grantable, places) }]);
    next.current += 1;
  };
  return (
    <fieldset className={styles.rows}>
      <legend>Roles</legend>
      {rows.map(({ key, binding }, index) => (
        <div key={key} className={styles.row}>
          <SelectField
            label="Role"
            {...numbered("Role", index, rows.length)}
            value={binding.role}
            onChange={(event) => put(key, { role: event.currentTarget.value as Role })}
            options={roleOptions(grantable)}
            error={fieldError(error, `bindings.${index}.role`)}
          />
          <SelectField
            label="Of"
            {...numbered("Of", index, rows.length)}
            value={binding.scope ?? WHOLE}
            onChange={(event) => put(key, { scope: event.currentTarget.value })}
            options={placeOptions(binding.scope ?? WHOLE, places)}
            error={fieldError(error, `bindings.${index}.scope`)}
          />
          <span className={styles.remove}>
            <IconButton
              icon="close"
              label={`Remove role ${index + 1}`}
              onClick={() => become(rows.filter((row) => row.key !== key))}
            />
          </span>
        </div>
      ))}
      <p className={styles.note}>{meaning(rows.map(({ binding }) => binding.role))}</p>
      <div>
        <Button onClick={add}>Add role</Button>
      </div>
    </fieldset>
  );
}

const roleOptions = (grantable: readonly Role[]) =>
  ROLES.filter(({ role }) => grantable.includes(role)).map(({ role }) => ({
    value: role,
    label: capital(role),
  }));

/** What the chosen roles are for. */
function meaning(roles: readonly Role[]): string {
  if (roles.length === 0) return "No role: they can sign in, and see nothing.";
  return ROLES.filter(({ role }) => roles.includes(role))
    .map(({ role, what }) => `${capital(role)}: ${what}.`)
    .join(" ");
}

/** Whoever hears several rows is told which they are in. */
const numbered = (label: string, index: number, count: number) =>
  count > 1 ? { "aria-label": `${label} ${index + 1}` } : {};

/** What there is to be bound to, and what somebody is bound to already. */
function placeOptions(scope: string, places: readonly Place[]) {
  const known = [{ scope: WHOLE, name: "Everything" }, ...places];
  const all = known.some((place) => place.scope === scope)
    ? known
    : [...known, { scope, name: placeName(scope, places) }];
  return all.map((place) => ({
    value: place.scope,
    label: place.scope.startsWith("interface:") ? place.name : capital(place.name),
  }));
}

/** A role for something that has none yet: there is one for each. */
function firstFree(rows: readonly Row[], grantable: readonly Role[], places: readonly Place[]): Binding {
  const taken = new Set(rows.map(({ binding }) => binding.scope));
  const scope = [WHOLE, ...places.map((place) => place.scope)].find((each) => !taken.has(each)) ?? WHOLE;
  return { role: grantable.includes("viewer") ? "viewer" : (grantable[0] ?? "member"), scope };
}

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);
