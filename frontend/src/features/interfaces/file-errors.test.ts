import { expect, test } from "vitest";
import { ApiError } from "@/api/api-error";
import { fileErrors, isOfFile, shownLine } from "@/features/interfaces/file-errors";

const FILE = `[Interface]
Address = 10.0.0.1/24
listenport=51820

[Peer]
# laptop
PublicKey = A=
AllowedIPs = 10.0.0.2/32
[Peer]
PublicKey = B=
AllowedIPs = 10.0.0.2/32
`;

const told = (...fields: [field: string, message: string][]) =>
  fileErrors(
    new ApiError({
      status: 422,
      title: "No",
      fields: fields.map(([field, message]) => ({ field, message, code: "wrong" })),
    }),
    FILE,
  );

test("what is refused is told with the line of the file that it is about", () => {
  expect(told(["listen_port", "wg1 has this port."])).toEqual(["Line 3, ListenPort: wg1 has this port."]);
  expect(told(["peers.1.addresses.0", "10.0.0.2/32 belongs to laptop."])).toEqual([
    "Line 11, AllowedIPs: 10.0.0.2/32 belongs to laptop.",
  ]);
  expect(told(["peers.0.name", "Another peer has this name."])).toEqual([
    "Line 5, Peer: Another peer has this name.",
  ]);
});

test("a key that the file leaves out is named without a line", () => {
  expect(told(["mtu", "This is too small."])).toEqual(["MTU: This is too small."]);
});

test("every wrong line is told, and one thing once", () => {
  const taken = "10.0.0.0/24 belongs to wg1.";
  expect(told(["addresses.0", taken], ["pools.0", taken], ["text", "Line 9: No."])).toEqual([
    `Line 2, Address: ${taken}`,
    "Line 9: No.",
  ]);
});

test("what is no matter of the file is left to the form", () => {
  expect(told(["name", "wg0 is there already."])).toEqual([]);
  expect([isOfFile("name"), isOfFile("public_host"), isOfFile("peers.3.addresses.0")]).toEqual([
    false,
    false,
    true,
  ]);
});

test("a line is shown again without its secret", () => {
  expect([shownLine(FILE, 3), shownLine("PresharedKey = s3cret", 1), shownLine(FILE, 99)]).toEqual([
    "listenport=51820",
    "PresharedKey = (hidden)",
    "",
  ]);
});
