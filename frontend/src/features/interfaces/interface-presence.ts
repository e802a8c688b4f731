import type { InterfaceDocument } from "@/features/interfaces/interface-documents";
import type { InterfaceStatus } from "@/live/status-types";
import type { Presence } from "@/ui/presence";

type Shown = Readonly<{ presence: Presence; label: string }>;

/** An interface's own glyph: trouble, down, active or idle; one that people stopped is in no trouble. */
export function interfacePresence(
  iface: InterfaceStatus,
  document?: Pick<InterfaceDocument, "started">,
): Shown {
  if (document?.started === false) return { presence: "disabled", label: "stopped" };
  if (iface.error !== null) return { presence: "trouble", label: iface.error };
  if (!iface.up) return { presence: "disabled", label: "down" };
  if (iface.peers_active > 0) return { presence: "active", label: "up" };
  return iface.peers_total > 0
    ? { presence: "idle", label: "up, nobody active" }
    : { presence: "never", label: "up, no peers" };
}
