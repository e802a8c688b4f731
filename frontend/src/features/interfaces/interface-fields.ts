import type { InterfaceUpdate } from "@/features/interfaces/change-interface";
import { formText } from "@/lib/form-text";
import type { Texts } from "@/lib/overtaken";
import { entriesOf, entriesText } from "@/lib/text-list";

/** What a form says of an interface, every field of it. */
export type InterfaceFields = Required<InterfaceUpdate>;
/** What was read, and what cannot be read, by field. */
export type FieldsRead = Readonly<{ fields: InterfaceFields; wrong: Readonly<Record<string, string>> }>;
/** What is chosen by other means than an input of the form. */
export type FieldChoices = Pick<InterfaceFields, "drift_mode" | "unmanaged">;

/** Every field that the forms show, as the server names them in its errors; the folded ones apart. */
export const PLAIN_FIELDS = ["name", "addresses", "listen_port", "public_host", "dns", "masquerade"] as const;
export const FOLDED_FIELDS = [
  "pools",
  "public_port",
  "mtu",
  "table",
  "fwmark",
  "server_keys",
  "drift_mode",
  "unmanaged",
] as const;

/** How the fields are called on the forms. */
export const FIELD_NAMES: Readonly<Record<keyof InterfaceFields, string>> = {
  addresses: "Addresses",
  public_host: "Public address",
  listen_port: "Listen port",
  dns: "DNS",
  masquerade: "Peers reach the internet through this node",
  pools: "Pools",
  public_port: "Public port",
  mtu: "MTU",
  table: "Routing table",
  fwmark: "Fwmark",
  drift_mode: "Changes made by hand",
  unmanaged: "Peers that Sentra never knew",
  server_keys: "Keys may be made on the server",
};
const ALL_FIELDS = Object.keys(FIELD_NAMES) as readonly (keyof InterfaceFields)[];

/** Read the form. An empty number is 0, which leaves the choice to the node. */
export function readInterfaceFields(form: FormData, choices: FieldChoices): FieldsRead {
  const wrong: Record<string, string> = {};
  const text = (field: string) => formText(form, field).trim();
  const number = (field: string) => {
    const read = wholeNumber(text(field));
    if (read === null) wrong[field] = "This is a whole number.";
    return read ?? 0;
  };
  const fields: InterfaceFields = {
    addresses: entriesOf(text("addresses")),
    pools: entriesOf(text("pools")),
    dns: entriesOf(text("dns")),
    listen_port: number("listen_port"),
    public_port: number("public_port"),
    mtu: number("mtu"),
    fwmark: number("fwmark"),
    table: text("table") || "auto",
    public_host: text("public_host"),
    masquerade: form.has("masquerade"),
    server_keys: form.has("server_keys"),
    ...choices,
  };
  return { fields, wrong };
}

/** Of a new interface: what was left empty is chosen by the server. */
export function withoutEmpty(fields: InterfaceFields): Partial<InterfaceFields> & { addresses: string[] } {
  const { pools, listen_port, ...rest } = fields;
  return {
    ...rest,
    ...(pools.length > 0 ? { pools } : null),
    ...(listen_port > 0 ? { listen_port } : null),
  };
}

/** What was changed of an interface; nothing where everything is as it was. */
export function changedFields(before: InterfaceFields, after: InterfaceFields): InterfaceUpdate {
  const changed = Object.entries(after).filter(
    ([field, value]) => String(before[field as keyof InterfaceFields]) !== String(value),
  );
  return Object.fromEntries(changed);
}

/** Fields as they are told to people, by name. */
export function fieldTexts(fields: InterfaceFields): Texts {
  const known = ALL_FIELDS.map((field) => [field, fieldText(field, fields[field])]);
  return Object.fromEntries(known);
}

function fieldText<Field extends keyof InterfaceFields>(field: Field, value: InterfaceFields[Field]): string {
  if (Array.isArray(value)) return entriesText(value);
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value === "number") return field === "fwmark" ? fwmarkText(value) : numberText(value);
  return String(value);
}

/** `0xca6c`, as `wg show` writes it; empty for none. */
export function fwmarkText(fwmark: number): string {
  return fwmark === 0 ? "" : `0x${fwmark.toString(16)}`;
}

/** A number of a field; 0 for an empty one. */
export function numberText(value: number | undefined): string {
  return value ? String(value) : "";
}

function wholeNumber(text: string): number | null {
  if (text === "" || text === "off") return 0;
  return /^(?:\d{1,10}|0x[0-9a-f]{1,8})$/i.test(text) ? Number(text) : null;
}
