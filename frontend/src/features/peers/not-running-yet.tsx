import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";

type Props = {
  /** What was done, and what is still so: "Deleted, but it still runs". */
  what?: string;
  reason: string;
  onClose: () => void;
};

/** A change that is decided, and that its node has not made true. */
export function NotRunningYet({ what = "Saved, but it does not run yet", reason, onClose }: Props) {
  return (
    <Notice title={`${what}: ${reason}`}>
      <p>The decision stays, and is carried out as soon as the node can.</p>
      <Actions>
        <Button onClick={onClose}>Close</Button>
      </Actions>
    </Notice>
  );
}
