import { expect, test } from "vitest";
import {
  changedFields,
  fwmarkText,
  type InterfaceFields,
  readInterfaceFields,
  withoutEmpty,
} from "@/features/interfaces/interface-fields";

const CHOICES = { drift_mode: "warn", unmanaged: "keep" } as const;

function form(fields: Record<string, string>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return data;
}

const read = (fields: Record<string, string>) => readInterfaceFields(form(fields), CHOICES);

test("lists are read from commas, spaces and lines", () => {
  const { fields } = read({ addresses: "10.0.0.1/24, fd00::1/64", dns: "9.9.9.9\n2620:fe::9" });
  expect(fields.addresses).toEqual(["10.0.0.1/24", "fd00::1/64"]);
  expect(fields.dns).toEqual(["9.9.9.9", "2620:fe::9"]);
});

test("an empty number leaves the choice to the node, and a mark may be hexadecimal", () => {
  const { fields, wrong } = read({ mtu: "", listen_port: "51820", fwmark: "0xca6c" });
  expect([fields.mtu, fields.listen_port, fields.fwmark]).toEqual([0, 51820, 0xca6c]);
  expect(wrong).toEqual({});
});

test("every number that is none is named at once", () => {
  const { wrong } = read({ mtu: "big", listen_port: "-1", fwmark: "0xzz", public_port: "51820 " });
  expect(Object.keys(wrong).sort()).toEqual(["fwmark", "listen_port", "mtu"]);
});

test("switches are on where they are in the form", () => {
  const { fields } = read({ masquerade: "on" });
  expect([fields.masquerade, fields.server_keys]).toEqual([true, false]);
});

test("what is left empty of a new interface is chosen by the server", () => {
  const fields = withoutEmpty(read({ addresses: "10.0.0.1/24" }).fields);
  expect(fields).not.toHaveProperty("pools");
  expect(fields).not.toHaveProperty("listen_port");
});

test("only what was changed is sent", () => {
  const before: InterfaceFields = read({ addresses: "10.0.0.1/24", listen_port: "51820" }).fields;
  const after = read({ addresses: "10.0.0.1/24", listen_port: "51821", masquerade: "on" }).fields;
  expect(changedFields(before, after)).toEqual({ listen_port: 51821, masquerade: true });
  expect(changedFields(before, before)).toEqual({});
});

test("a mark is written as wg shows it", () => {
  expect([fwmarkText(0), fwmarkText(0xca6c)]).toEqual(["", "0xca6c"]);
});
