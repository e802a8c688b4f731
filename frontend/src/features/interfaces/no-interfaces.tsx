import type { ReactNode } from "react";
import { Actions } from "@/ui/actions";
import { Notice } from "@/ui/notice";

/** There is no interface yet; `children` is what ends that, for those who may. */
export function NoInterfaces({ children }: { children?: ReactNode }) {
  return (
    <Notice tone="word" title="No interface yet">
      <p>
        {children
          ? "An interface is one WireGuard network of this node, with a key and a port of its own. Create the first one, or import its wg-quick file."
          : "Somebody who may create interfaces has to make the first one."}
      </p>
      {children && <Actions>{children}</Actions>}
    </Notice>
  );
}
