import { useMutation, useQuery } from "@tanstack/react-query";
import { type ReactNode, useId } from "react";
import type { InterfaceResult, Plan } from "@/features/interfaces/interface-documents";
import styles from "@/features/interfaces/plan-dialog.module.css";
import { useWaits, type Waits, WaitsFirst } from "@/features/interfaces/waits-first";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Notice } from "@/ui/notice";
import { PlanView } from "@/ui/plan-view";
import { Skeleton } from "@/ui/skeleton";

type Props = {
  /** Of which interface it is a change. */
  document: Waits;
  title: string;
  /** What the button says that does it: "Stop wg0". */
  verb: string;
  /** Asks, or with `dryRun` only what it would do; null where that is of no use any more. */
  ask: (dryRun: boolean) => Promise<InterfaceResult | null>;
  onDone: (result: InterfaceResult | null) => void | Promise<void>;
  onClose: () => void;
  children?: ReactNode;
};

/** Shows what a change does before it is made. */
export function PlanDialog({ document, title, verb, ask, onDone, onClose, children }: Props) {
  const id = useId();
  const waits = useWaits(document);
  const plan = useQuery({
    queryKey: ["plan", id],
    queryFn: async () => (await ask(true))?.plan ?? null,
    enabled: !waits,
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const request = useMutation({ mutationFn: () => ask(false), onSuccess: onDone });
  const problem = request.error ?? plan.error;
  return (
    <Dialog title={title} onClose={onClose}>
      <div className={styles.content}>
        {children}
        {problem && !waits && <Notice title={problem.message} />}
        {waits ? (
          <WaitsFirst document={document} />
        ) : (
          <PlanPart plan={plan.data ?? undefined} isPending={plan.isPending} />
        )}
        <Actions>
          <Button
            look="main"
            busy={request.isPending}
            disabled={waits || !plan.data}
            onClick={() => request.mutate()}
          >
            {verb}
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </Actions>
      </div>
    </Dialog>
  );
}

/** A plan, or that it is being made. */
export function PlanPart({ plan, isPending }: { plan: Plan | undefined; isPending: boolean }) {
  if (plan)
    return (
      <>
        <PlanView plan={plan} />
        {plan.risky.length > 0 && (
          <p className={styles.note}>
            It is undone after 60 s unless you keep it: this page asks, and only who can still reach Sentra
            can answer.
          </p>
        )}
      </>
    );
  return isPending ? <Skeleton lines={2} /> : null;
}
