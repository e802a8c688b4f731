import { lazy, Suspense } from "react";
import type { components } from "@/api/schema";
import styles from "@/app/pages/interface-page.module.css";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";

const AddPeerDialog = lazy(() =>
  import("@/features/peers/add-peer-dialog").then((module) => ({ default: module.AddPeerDialog })),
);
const AddManyDialog = lazy(() =>
  import("@/features/peers/add-many-dialog").then((module) => ({ default: module.AddManyDialog })),
);

type InterfaceView = components["schemas"]["InterfaceView"];
export type Adding = "one" | "many" | null;

type Props = { iface: InterfaceView; adding: Adding; onAdding: (adding: Adding) => void };

/** The buttons that add peers, and what they open. */
export function AddPeers({ iface, adding, onAdding }: Props) {
  const close = () => onAdding(null);
  return (
    <>
      <Actions>
        <Button className={styles.wideOnly} onClick={() => onAdding("many")}>
          Add several
        </Button>
        <Button look="main" onClick={() => onAdding("one")}>
          Add peer
        </Button>
      </Actions>
      <Suspense>
        {adding === "one" && <AddPeerDialog iface={iface} onClose={close} />}
        {adding === "many" && <AddManyDialog iface={iface} onClose={close} />}
      </Suspense>
    </>
  );
}
