import { expect, test } from "vitest";
import type { Drift } from "@/features/interfaces/drift-documents";
import { driftWords } from "@/features/interfaces/drift-words";

function drift(fields: Partial<Drift>): Drift {
  return {
    id: "1",
    subject: "peer",
    kind: "changed",
    key: "KEY=",
    field: null,
    wanted: null,
    running: null,
    peer_name: null,
    ...fields,
  };
}

test.each([
  [drift({ kind: "missing", peer_name: "laptop" }), "The peer laptop is missing on the node."],
  [drift({ kind: "extra" }), "A peer that was removed runs again: KEY=."],
  [
    drift({ peer_name: "laptop", field: "allowed_ips", wanted: "10.0.0.2/32", running: "10.0.0.9/32" }),
    "laptop, allowed IPs: 10.0.0.2/32 was decided, 10.0.0.9/32 runs.",
  ],
  [
    drift({ field: "preshared_key", wanted: "set", running: "another" }),
    "KEY=, preshared key: set was decided, another one runs.",
  ],
  [
    drift({ subject: "interface", key: "", field: "listen_port", wanted: "51820", running: "51999" }),
    "Listen port: 51820 was decided, 51999 runs.",
  ],
  [
    drift({ subject: "interface", key: "", field: "public_key", wanted: "A=", running: null }),
    "Public key: A= was decided, none runs.",
  ],
  [
    drift({ subject: "address", kind: "missing", key: "10.0.0.1/24" }),
    "Address 10.0.0.1/24 is missing on the node.",
  ],
  [drift({ subject: "route", kind: "extra", key: "10.9.0.0/24" }), "Route 10.9.0.0/24 was added by hand."],
  [drift({ subject: "masquerade", kind: "missing", key: "" }), "The masquerade is missing on the node."],
])("%o is told in words", (difference, words) => expect(driftWords(difference)).toBe(words));
