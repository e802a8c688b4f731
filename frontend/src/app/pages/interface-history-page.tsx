import { useParams } from "@tanstack/react-router";
import { ManagedInterface } from "@/app/pages/managed-interface";
import { HistoryList } from "@/features/interfaces/history-list";

export function InterfaceHistoryPage() {
  const { node, name } = useParams({ from: "/signed-in/interfaces/$node/$name/history" });
  return (
    <ManagedInterface node={node} name={name} section="history">
      {(document) => <HistoryList document={document} />}
    </ManagedInterface>
  );
}
