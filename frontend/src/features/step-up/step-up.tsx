import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { onStepUp } from "@/api/step-up";

const StepUpDialog = lazy(async () => ({
  default: (await import("@/features/step-up/step-up-dialog")).StepUpDialog,
}));

/** Stands ready to ask who sits there, in front of whatever they were about to do; it goes on by itself after. */
export function StepUp() {
  const [asking, setAsking] = useState(false);
  const answer = useRef<(proved: boolean) => void>(() => undefined);
  useEffect(() => {
    const undo = onStepUp(() => {
      setAsking(true);
      return new Promise((resolve) => {
        answer.current = resolve;
      });
    });
    return () => {
      undo();
      answer.current(false);
    };
  }, []);
  const end = (proved: boolean) => {
    setAsking(false);
    answer.current(proved);
  };
  return (
    asking && (
      <Suspense>
        <StepUpDialog onEnd={end} />
      </Suspense>
    )
  );
}
