import { useQuery } from "@tanstack/react-query";
import { waitingChangeQuery } from "@/api/waiting-change";
import type { InterfaceDocument } from "@/features/interfaces/interface-documents";
import { waitingState } from "@/features/interfaces/waiting-state";
import { useTicking } from "@/live/use-ticking";
import { Notice } from "@/ui/notice";

export type Waits = Pick<InterfaceDocument, "id" | "name" | "confirm_until">;

/** Whether a risky change of an interface waits, so that nothing else of it can be changed. */
export function useWaits(document: Waits): boolean {
  return useSecondsLeft(document) !== "";
}

/** Why a change cannot be made yet, and what happens next. */
export function WaitsFirst({ document }: { document: Waits }) {
  const { data: waiting } = useQuery(waitingChangeQuery(document.id));
  const left = useSecondsLeft(document);
  return (
    <Notice tone="word" title={`First, another change of ${document.name} waits to be kept`}>
      <p>
        {waiting
          ? `Close this and keep that change; otherwise it is undone in ${left} s. `
          : `It is undone in ${left} s unless whoever made it keeps it. `}
        Then this shows what it would do.
      </p>
    </Notice>
  );
}

/** The seconds that a change still waits, as they pass; empty where none does. */
function useSecondsLeft(document: Waits): string {
  const { data: waiting } = useQuery(waitingChangeQuery(document.id));
  const deadline = waiting?.deadline_at ?? document.confirm_until;
  return useTicking((now) => {
    if (deadline === null) return "";
    const { secondsLeft, isOver } = waitingState(deadline, null, now, now);
    return isOver ? "" : String(secondsLeft);
  });
}
