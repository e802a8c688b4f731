import { Link } from "@tanstack/react-router";
import { useMay } from "@/app/use-may";
import type { InterfaceStatus } from "@/live/status-types";
import { buttonClass } from "@/ui/button";

/** The way to a new interface. */
export function NewInterfaceLink() {
  return (
    <Link to="/interfaces/new" className={buttonClass("main")}>
      New interface
    </Link>
  );
}

/** The way to make an interface of this name, for who may. */
export function CreateHere({ iface: { node, name } }: { iface: Pick<InterfaceStatus, "node" | "name"> }) {
  return (
    useMay("interface:create") && (
      <Link to="/interfaces/new" search={{ node, name }} className={buttonClass("quiet")}>
        Create {name} here
      </Link>
    )
  );
}
