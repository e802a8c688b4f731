import { Link, useParams } from "@tanstack/react-router";
import styles from "@/app/pages/interface-page.module.css";
import { InterfacePeers } from "@/app/pages/interface-peers";
import { InterfaceFacts } from "@/features/interfaces/interface-facts";
import { InterfaceTrouble } from "@/features/interfaces/interface-trouble";
import { LiveBadge } from "@/live/live-badge";
import { StaleFrame } from "@/live/stale-frame";
import { type InterfaceStatus, interfacePath } from "@/live/status-types";
import { useHasSnapshot, useInterface } from "@/live/use-status";
import { MessagePage } from "@/ui/message-page";
import { PageHeader } from "@/ui/page-header";
import { Skeleton } from "@/ui/skeleton";

const FROM = "/signed-in/interfaces/$node/$name";

export function InterfacePage() {
  const { node, name } = useParams({ from: FROM });
  const iface = useInterface(interfacePath(node, name));
  const known = useHasSnapshot();
  return (
    <>
      <PageHeader title={name} mono state={<LiveBadge node={node} />} />
      <StaleFrame node={node}>
        {iface ? (
          <Interface key={iface.path} iface={iface} />
        ) : known ? (
          <NotWatched name={name} />
        ) : (
          <Waiting />
        )}
      </StaleFrame>
    </>
  );
}

function Waiting() {
  return (
    <div className={styles.facts}>
      <Skeleton lines={10} />
    </div>
  );
}

function NotWatched({ name }: { name: string }) {
  return (
    <MessagePage title="This interface is not watched" level={2}>
      <p>
        Sentra watches what <code>WG_INTERFACE</code> names, comma separated. Add {name} to it and start
        Sentra again, or see <Link to="/interfaces">what is watched now</Link>.
      </p>
    </MessagePage>
  );
}

function Interface({ iface }: { iface: InterfaceStatus }) {
  return (
    <>
      <div className={styles.facts}>
        <InterfaceTrouble iface={iface} />
        <InterfaceFacts iface={iface} />
      </div>
      <InterfacePeers iface={iface} document={null} onAdd={null} />
    </>
  );
}
