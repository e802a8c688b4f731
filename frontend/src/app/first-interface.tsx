import { NewInterfaceLink } from "@/app/new-interface-link";
import { useMay } from "@/app/use-may";
import { NoInterfaces } from "@/features/interfaces/no-interfaces";
import { useDocuments } from "@/features/interfaces/use-documents";
import { useInterfaces } from "@/live/use-status";

/** The way to the first interface, where there is none. */
export function FirstInterface() {
  const mayCreate = useMay("interface:create");
  const { documents, areKnown } = useDocuments();
  const running = useInterfaces().filter((iface) => iface.error === null);
  if (!areKnown || documents.length + running.length > 0) return null;
  return <NoInterfaces>{mayCreate && <NewInterfaceLink />}</NoInterfaces>;
}
