import { type QueryClient, queryOptions, skipToken } from "@tanstack/react-query";
import type { components } from "@/api/schema";

type Confirm = components["schemas"]["ConfirmView"];

/** A risky change that this page made: kept with its nonce, else undone at its deadline. */
export type WaitingChange = Confirm & {
  /** This machine's Unix time, in seconds, at which the answer came. */
  received_at: number;
};

/** What waits of an interface. The nonce is in the memory of this page alone: whoever cuts themselves off loses it. */
export const waitingChangeQuery = (interfaceId: string) =>
  queryOptions<WaitingChange | null>({ queryKey: keyOf(interfaceId), queryFn: skipToken });

/** Remember what the answer to a change says about keeping it. */
export function rememberWaiting(
  client: QueryClient,
  interfaceId: string,
  confirm: Confirm | null,
  now = Date.now() / 1000,
): void {
  if (!confirm) return;
  const waiting: WaitingChange = { ...confirm, received_at: now };
  client.setQueryData(keyOf(interfaceId), waiting);
}

/** Forget it: it was kept, or it is too late. */
export function forgetWaiting(client: QueryClient, interfaceId: string): void {
  client.setQueryData(keyOf(interfaceId), null);
}

const keyOf = (interfaceId: string) => ["waiting", interfaceId];
