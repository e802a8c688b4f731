import type { ReactNode } from "react";
import type { InterfaceAction } from "@/features/interfaces/change-interface";
import type { InterfaceDocument } from "@/features/interfaces/interface-documents";
import { Menu, MenuButton } from "@/ui/menu";

type Props = {
  document: InterfaceDocument;
  /** Links to what else there is about it; app makes them. */
  children: ReactNode;
  onAct: (action: InterfaceAction) => void;
  onDelete: () => void;
};

/** What can be done with an interface as a whole. */
export function InterfaceMenu({ document, children, onAct, onDelete }: Props) {
  const may = (action: string) => document.can.includes(action);
  return (
    <Menu label={`More about ${document.name}`}>
      {children}
      {may("interface:update") &&
        (document.started ? (
          <MenuButton onClick={() => onAct("stop")}>Stop</MenuButton>
        ) : (
          <MenuButton onClick={() => onAct("start")}>Start</MenuButton>
        ))}
      {may("interface:delete") && <MenuButton onClick={onDelete}>Delete</MenuButton>}
    </Menu>
  );
}
