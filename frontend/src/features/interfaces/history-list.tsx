import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import styles from "@/features/interfaces/history-list.module.css";
import { changedWords, fieldWords } from "@/features/interfaces/history-words";
import { type InterfaceDocument, settle } from "@/features/interfaces/interface-documents";
import { PlanDialog } from "@/features/interfaces/plan-dialog";
import { type Revision, revisionsQuery, undoRevision } from "@/features/interfaces/revision-documents";
import { Age } from "@/live/age";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Fold } from "@/ui/fold";
import { Notice } from "@/ui/notice";
import { Skeleton } from "@/ui/skeleton";

/** What was changed of an interface and its peers, by whom and when, with the way back. */
export function HistoryList({ document }: { document: InterfaceDocument }) {
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    revisionsQuery(document.id),
  );
  const client = useQueryClient();
  const [undoing, setUndoing] = useState<Revision | null>(null);
  const revisions = data?.pages.flatMap((page) => page.items) ?? [];
  if (isPending) return <Skeleton lines={8} />;
  return (
    <>
      {error && <Notice title={error.message} />}
      <ol className={styles.list} aria-label="Changes, newest first">
        {revisions.map((revision) => (
          <Line
            key={revision.id}
            revision={revision}
            onUndo={mayUndo(document, revision) ? () => setUndoing(revision) : null}
          />
        ))}
      </ol>
      {revisions.length === 0 && !error && <p className={styles.none}>Nothing was changed yet.</p>}
      {hasNextPage && (
        <Actions>
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show older changes
          </Button>
        </Actions>
      )}
      {undoing && (
        <PlanDialog
          document={document}
          title="Undo a change"
          verb="Undo it"
          ask={(dryRun) => undoRevision(document.id, undoing.id, dryRun)}
          onDone={async (result) => {
            await settle(client, document.id, result);
            setUndoing(null);
          }}
          onClose={() => setUndoing(null)}
        >
          <p>{undoing.summary}</p>
        </PlanDialog>
      )}
    </>
  );
}

/** The making of an interface is undone by deleting it. */
function mayUndo(document: InterfaceDocument, revision: Revision): boolean {
  const made = ["interface-created", "interface-adopted", "interface-imported"].includes(revision.what);
  return document.can.includes("interface:update") && !revision.undone && !made;
}

function Line({ revision, onUndo }: { revision: Revision; onUndo: (() => void) | null }) {
  return (
    <li className={styles.line}>
      <div className={styles.what}>
        <p className={revision.undone ? styles.undone : undefined}>{revision.summary}</p>
        <p className={styles.who}>
          {revision.actor_name}, <Age at={Date.parse(revision.made_at) / 1000} suffix=" ago" />
          {revision.undone && ", undone"}
        </p>
        {revision.changes.length > 0 && (
          <Fold summary={changedWords(revision.changes.map(({ field }) => field))}>
            <dl className={styles.changes}>
              {revision.changes.map(({ field, before, after }) => (
                <div key={field}>
                  <dt>{fieldWords(field)}</dt>
                  <dd>
                    <del>{before || "none"}</del> → <ins>{after || "none"}</ins>
                  </dd>
                </div>
              ))}
            </dl>
          </Fold>
        )}
      </div>
      {onUndo && (
        <Button onClick={onUndo} aria-label={`Undo: ${revision.summary}`}>
          Undo
        </Button>
      )}
    </li>
  );
}
