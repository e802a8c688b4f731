import { HandOut } from "@/features/peers/hand-out";
import type { HandedOut } from "@/features/peers/handed-out";
import { Dialog } from "@/ui/dialog";

type Props = { handedOut: HandedOut; node: string; interfaceName: string; onClose: () => void };

/** A config file in front of the page; it goes only when it is closed by hand, for it cannot be shown again. */
export function HandOutDialog({ handedOut, node, interfaceName, onClose }: Props) {
  return (
    <Dialog title={handedOut.peer.name} onClose={onClose} keepsOpen wide>
      <HandOut handedOut={handedOut} node={node} interfaceName={interfaceName} onClose={onClose} />
    </Dialog>
  );
}
