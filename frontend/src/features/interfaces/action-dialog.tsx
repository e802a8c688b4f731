import { useQueryClient } from "@tanstack/react-query";
import { actOnInterface, type InterfaceAction } from "@/features/interfaces/change-interface";
import { type InterfaceDocument, settle } from "@/features/interfaces/interface-documents";
import { PlanDialog } from "@/features/interfaces/plan-dialog";

type Props = { document: InterfaceDocument; action: InterfaceAction; onClose: () => void };

/** Starts, stops or hands over an interface, after it has said what that does. */
export function ActionDialog({ document, action, onClose }: Props) {
  const client = useQueryClient();
  const { id, name } = document;
  const words = {
    start: { title: `Start ${name}`, verb: `Start ${name}` },
    stop: { title: `Stop ${name}`, verb: `Stop ${name}` },
    "hand-over": { title: `Hand ${name} over to Sentra`, verb: "Hand over" },
  }[action];
  return (
    <PlanDialog
      {...words}
      document={document}
      ask={(dryRun) => actOnInterface(id, action, dryRun)}
      onDone={async (result) => {
        await settle(client, id, result);
        onClose();
      }}
      onClose={onClose}
    />
  );
}
