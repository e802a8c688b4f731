import type { components } from "@/api/schema";

type Confirm = components["schemas"]["ConfirmView"];
type Answer = Readonly<{ applied: boolean; reason: string | null; confirm: Confirm | null }>;

/** What became of a change of peers. */
export type PeerOutcome = Readonly<{
  /** How to keep a change that may cut off its author. */
  confirm: Confirm | null;
  /** Why it is decided and does not run yet; null where it runs. */
  reason: string | null;
}>;

/** What became of a change, by its answer. */
export function outcomeOf(answer: Answer | undefined): PeerOutcome {
  if (!answer) throw new Error("The server's answer was empty.");
  return { confirm: answer.confirm, reason: reasonOf(answer) };
}

/** Why something is decided and does not run yet; null where it runs. */
export function reasonOf({ applied, reason }: Pick<Answer, "applied" | "reason">): string | null {
  return applied ? null : (reason ?? "its node has not answered yet");
}
