import { documentOf } from "@/features/interfaces/interface-documents";
import styles from "@/features/interfaces/interface-trouble.module.css";
import { useDocuments } from "@/features/interfaces/use-documents";
import type { InterfaceStatus } from "@/live/status-types";
import { useInterfaces } from "@/live/use-status";
import { Command } from "@/ui/command";
import { Notice } from "@/ui/notice";

type Props = {
  iface: InterfaceStatus;
  /** Sentra brings it up, so that nobody else need do it. */
  managed?: boolean;
};

/** Why an interface cannot be read, and what ends that. */
export function InterfaceTrouble({ iface, managed = false }: Props) {
  if (iface.error === null) return null;
  return (
    <Notice title={`${iface.name} on ${iface.node}: ${iface.error}`}>
      {!isMissing(iface.error) ? <HowToRead /> : managed ? <IsMade /> : <HowToMake name={iface.name} />}
    </Notice>
  );
}

const isMissing = (error: string) => /not exist|no such|not found|missing|absent|gone/i.test(error);

function IsMade() {
  return <p>Sentra tries to bring it up by itself.</p>;
}

function HowToMake({ name }: { name: string }) {
  return (
    <>
      <p>Bring it up with one of these, and it appears here by itself:</p>
      <p className={styles.commands}>
        <Command text={`wg-quick up ${name}`} />
        <Command text={`ip link add ${name} type wireguard`} />
        <Command text={`wireguard-go ${name}`} />
      </p>
      <p>
        The first reads /etc/wireguard/{name}.conf; the last is for kernels without WireGuard. Which
        interfaces Sentra watches is named by <code>WG_INTERFACE</code>.
      </p>
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
export function InterfaceTroubles() {
  const { documents } = useDocuments();
  return useInterfaces().map((iface) => {
    const document = documentOf(documents, iface.node, iface.name);
    if (document?.started === false) return null;
    return <InterfaceTrouble key={iface.path} iface={iface} managed={document !== undefined} />;
  });
}
