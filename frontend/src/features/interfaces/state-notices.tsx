import type { InterfaceAction } from "@/features/interfaces/change-interface";
import type { InterfaceDocument } from "@/features/interfaces/interface-documents";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";

type Props = { document: InterfaceDocument; onAct: (action: InterfaceAction) => void };

/** Why an interface does not run as it was decided, or is not wholly Sentra's. */
export function StateNotices({ document, onAct }: Props) {
  const may = document.can.includes("interface:update");
  const { name } = document;
  return (
    <>
      {!document.started && (
        <Notice tone="word" title={`${name} is stopped`}>
          <p>Its settings and peers are kept, and come back when it is started.</p>
          {may && (
            <Actions>
              <Button onClick={() => onAct("start")}>Start {name}</Button>
            </Actions>
          )}
        </Notice>
      )}
      {document.error !== null ? (
        <Notice title="What was decided does not run yet">
          <p>{document.error}</p>
          <p>Sentra tries again by itself. Until then everything runs as it did before.</p>
        </Notice>
      ) : (
        !document.applied &&
        document.drift_mode !== "observe" && (
          <Notice tone="word" title="The newest change is on its way to the node" />
        )
      )}
      {document.brought_up_by === "wg-quick" && (
        <Notice tone="word" title={`wg-quick brings up ${name}`}>
          <p>
            Sentra steers its WireGuard settings and peers; link, addresses and routes stay as wg-quick makes
            them. Handed over, Sentra brings it up, at the start of the machine too.
          </p>
          {may && (
            <Actions>
              <Button onClick={() => onAct("hand-over")}>Hand over to Sentra</Button>
            </Actions>
          )}
        </Notice>
      )}
    </>
  );
}
