import { useParams } from "@tanstack/react-router";
import { ManagedInterface } from "@/app/pages/managed-interface";
import { SettingsForm } from "@/features/interfaces/settings-form";

export function InterfaceSettingsPage() {
  const { node, name } = useParams({ from: "/signed-in/interfaces/$node/$name/settings" });
  return (
    <ManagedInterface node={node} name={name} section="settings">
      {(document) =>
        document.can.includes("interface:update") ? (
          <SettingsForm key={document.id} document={document} />
        ) : (
          <p>Your account may not change this interface.</p>
        )
      }
    </ManagedInterface>
  );
}
