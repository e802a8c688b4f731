import { api } from "@/api/client";
import type { components } from "@/api/schema";
import type { InterfaceDocument, InterfaceResult } from "@/features/interfaces/interface-documents";
import { asked, resultOf } from "@/features/interfaces/result-of";

export type InterfaceUpdate = components["schemas"]["InterfaceUpdate"];
export type InterfaceAction = "start" | "stop" | "hand-over";

const ACTIONS = {
  start: "/api/v1/interfaces/{interface_id}/start",
  stop: "/api/v1/interfaces/{interface_id}/stop",
  "hand-over": "/api/v1/interfaces/{interface_id}/hand-over",
} as const;

/** Change settings of the version that somebody looked at; refused with 412 where there is a newer one. */
export async function updateInterface(
  { id, version }: Pick<InterfaceDocument, "id" | "version">,
  body: InterfaceUpdate,
  dryRun = false,
): Promise<InterfaceResult> {
  const { data } = await api.PATCH("/api/v1/interfaces/{interface_id}", {
    params: { path: { interface_id: id }, query: asked(dryRun) },
    headers: { "If-Match": `"${version}"` },
    body,
  });
  return resultOf(data);
}

/** Start an interface, stop it, or let Sentra bring it up in place of wg-quick. */
export async function actOnInterface(
  id: string,
  action: InterfaceAction,
  dryRun = false,
): Promise<InterfaceResult> {
  const { data } = await api.POST(ACTIONS[action], {
    params: { path: { interface_id: id }, query: asked(dryRun) },
  });
  return resultOf(data);
}

/** Delete an interface and its peers. */
export async function deleteInterface(id: string, dryRun = false): Promise<InterfaceResult> {
  const { data } = await api.DELETE("/api/v1/interfaces/{interface_id}", {
    params: { path: { interface_id: id }, query: asked(dryRun) },
  });
  return resultOf(data);
}

/** Keep a risky change, with the nonce of its answer. */
export async function keepChange(id: string, nonce: string): Promise<void> {
  await api.POST("/api/v1/interfaces/{interface_id}/confirm", {
    params: { path: { interface_id: id } },
    body: { nonce },
  });
}
