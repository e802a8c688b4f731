import type { ReactNode } from "react";
import { MessagePage } from "@/ui/message-page";

/** There is no interface yet; `children` is what ends that, for those who may. */
export function NoInterfaces({ children }: { children?: ReactNode }) {
  return (
    <MessagePage title="No interface yet" level={2}>
      {children ? (
        <p>
          An interface is one WireGuard network of this node, with a key and a port of its own. Create the
          first one, or import its wg-quick file.
        </p>
      ) : (
        <p>Somebody who may create interfaces has to make the first one.</p>
      )}
      {children}
    </MessagePage>
  );
}
