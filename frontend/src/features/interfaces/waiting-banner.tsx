import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { forgetWaiting, type WaitingChange, waitingChangeQuery } from "@/api/waiting-change";
import { keepChange } from "@/features/interfaces/change-interface";
import { type InterfaceDocument, settle } from "@/features/interfaces/interface-documents";
import { waitingState } from "@/features/interfaces/waiting-state";
import { useTicking } from "@/live/use-ticking";
import { Actions } from "@/ui/actions";
import { afterDialogs } from "@/ui/after-dialogs";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";

/** A banner that appears later is not what somebody has just done. */
const NEW_SECONDS = 3;

type Props = { document: Pick<InterfaceDocument, "id" | "name" | "confirm_until"> };

/** A risky change that waits: how long it still has, and how to keep it. */
export function WaitingBanner({ document }: Props) {
  const { data: waiting } = useQuery(waitingChangeQuery(document.id));
  const deadline = waiting?.deadline_at ?? document.confirm_until;
  if (deadline === null) return null;
  return <Waiting key={deadline} document={document} deadline={deadline} waiting={waiting ?? null} />;
}

function Waiting({
  document,
  deadline,
  waiting,
}: Props & { deadline: string; waiting: WaitingChange | null }) {
  const client = useQueryClient();
  const { secondsLeft, keepIn, isOver } = useWaiting(deadline, waiting);
  const keep = useMutation({
    mutationFn: (nonce: string) => keepChange(document.id, nonce),
    onSuccess: async () => {
      forgetWaiting(client, document.id);
      await settle(client, document.id, null);
    },
  });
  const button = useRef<HTMLButtonElement>(null);
  const isNew = waiting !== null && Date.now() / 1000 - waiting.received_at < NEW_SECONDS;
  useEffect(() => (isNew ? afterDialogs(() => button.current?.focus()) : undefined), [isNew]);
  useEffect(() => {
    if (isOver) void settle(client, document.id, null);
  }, [isOver, client, document.id]);
  if (isOver) return waiting && <Undone document={document} />;
  return (
    <Notice silent title={`This change of ${document.name} is undone in ${secondsLeft} s`}>
      <p className="visually-hidden" role="alert">
        A change of {document.name} is undone within a minute unless it is kept.
      </p>
      {waiting ? (
        <>
          <p>It may cut you off. If you can read this and it is right, keep it.</p>
          {keep.error && <p role="alert">{keep.error.message}</p>}
          <Actions>
            <Button
              ref={button}
              look="main"
              busy={keepIn > 0 || keep.isPending}
              onClick={() => keep.mutate(waiting.nonce)}
            >
              {keepIn > 0 ? `Keep it (in ${keepIn} s)` : "Keep it"}
            </Button>
          </Actions>
        </>
      ) : (
        <p>It may cut off whoever made it, and only the page on which it was made can keep it.</p>
      )}
    </Notice>
  );
}

function Undone({ document }: Props) {
  const client = useQueryClient();
  return (
    <Notice tone="word" title={`The change of ${document.name} was undone, because nobody kept it`}>
      <Actions>
        <Button onClick={() => forgetWaiting(client, document.id)}>Close</Button>
      </Actions>
    </Notice>
  );
}

/** The seconds of a change that waits, as they pass. */
function useWaiting(deadline: string, waiting: WaitingChange | null) {
  const text = useTicking((now) => {
    const state = waitingState(deadline, waiting, now, Date.now() / 1000);
    return `${state.secondsLeft} ${state.keepIn} ${state.isOver}`;
  });
  const [left, keepIn, isOver] = text.split(" ");
  return { secondsLeft: Number(left), keepIn: Number(keepIn), isOver: isOver === "true" };
}
