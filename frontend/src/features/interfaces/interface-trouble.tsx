import type { ReactNode } from "react";
import { documentOf } from "@/features/interfaces/interface-documents";
import styles from "@/features/interfaces/interface-trouble.module.css";
import { useDocuments } from "@/features/interfaces/use-documents";
import type { InterfaceStatus } from "@/live/status-types";
import { useInterfaces } from "@/live/use-status";
import { Actions } from "@/ui/actions";
import { Command } from "@/ui/command";
import { Fold } from "@/ui/fold";
import { Notice } from "@/ui/notice";

type Props = {
  iface: InterfaceStatus;
  /** Sentra brings it up, so that nobody else need do it. */
  managed?: boolean;
  /** The way to make it here, for who may; app knows the addresses. */
  create?: ReactNode;
};

/** Why an interface cannot be read, and what ends that. */
export function InterfaceTrouble({ iface, managed = false, create }: Props) {
  if (iface.error === null) return null;
  // Watched and not there: nothing of Sentra's is broken, and it may not have been made yet.
  if (isMissing(iface.error) && !managed)
    return (
      <Notice tone="word" title={`${iface.name} does not exist on ${iface.node}`}>
        <HowToMake name={iface.name} create={create} />
      </Notice>
    );
  return (
    <Notice title={`${iface.name} on ${iface.node}: ${iface.error}`}>
      {isMissing(iface.error) ? <IsMade /> : <HowToRead />}
    </Notice>
  );
}

const isMissing = (error: string) => /not exist|no such|not found|missing|absent|gone/i.test(error);

function IsMade() {
  return <p>Sentra tries to bring it up by itself.</p>;
}

function HowToMake({ name, create }: { name: string; create: ReactNode }) {
  return (
    <>
      <p>
        Sentra watches for it because <code>WG_INTERFACE</code> names it. As soon as it is there, it appears
        here by itself.
      </p>
      {create && <Actions>{create}</Actions>}
      <Fold summary="Bring it up by hand">
        <p className={styles.commands}>
          <Command text={`wg-quick up ${name}`} />
          <Command text={`ip link add ${name} type wireguard`} />
          <Command text={`wireguard-go ${name}`} />
        </p>
        <p>The first reads /etc/wireguard/{name}.conf; the last is for kernels without WireGuard.</p>
      </Fold>
    </>
  );
}

function HowToRead() {
  return (
    <p>
      What is shown below is the last that was read. The agent needs <code>CAP_NET_ADMIN</code>; its log says
      more.
    </p>
  );
}

/** The same for every interface that has an error, those apart that people stopped. */
export function InterfaceTroubles({ createLink }: { createLink: (iface: InterfaceStatus) => ReactNode }) {
  const { documents } = useDocuments();
  return useInterfaces().map((iface) => {
    const document = documentOf(documents, iface.node, iface.name);
    if (document?.started === false) return null;
    return (
      <InterfaceTrouble
        key={iface.path}
        iface={iface}
        managed={document !== undefined}
        create={createLink(iface)}
      />
    );
  });
}
