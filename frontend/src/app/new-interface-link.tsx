import { Link } from "@tanstack/react-router";
import { buttonClass } from "@/ui/button";

/** The way to a new interface. */
export function NewInterfaceLink() {
  return (
    <Link to="/interfaces/new" className={buttonClass("main")}>
      New interface
    </Link>
  );
}
