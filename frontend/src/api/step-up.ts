import type { Undo } from "@/lib/listeners";

/** Asks whoever sits there to prove who they are; true once the server believes it, false where they would not. */
type Prover = () => Promise<boolean>;

let prover: Prover | null = null;
let underWay: Promise<boolean> | null = null;

/** Be the one who is asked when a request needs a fresh proof. */
export function onStepUp(next: Prover): Undo {
  prover = next;
  return () => {
    if (prover === next) prover = null;
  };
}

/** Ask for a fresh proof, once for all requests that wait for one; false where nobody can be asked. */
export function proveAgain(): Promise<boolean> {
  underWay ??= (prover?.() ?? Promise.resolve(false)).finally(() => {
    underWay = null;
  });
  return underWay;
}
