import { NewInterfaceLink } from "@/app/new-interface-link";
import { useMay } from "@/app/use-may";
import { NoInterfaces } from "@/features/interfaces/no-interfaces";

/** The way to the first interface. */
export function FirstInterface() {
  return <NoInterfaces>{useMay("interface:create") && <NewInterfaceLink />}</NoInterfaces>;
}
