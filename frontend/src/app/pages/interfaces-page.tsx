import { FirstInterface } from "@/app/first-interface";
import { FoundInterfaces } from "@/app/found-interfaces";
import { interfaceLink } from "@/app/links";
import { CreateHere, NewInterfaceLink } from "@/app/new-interface-link";
import styles from "@/app/pages/pages.module.css";
import { useMay } from "@/app/use-may";
import { InterfaceTable } from "@/features/interfaces/interface-table";
import { InterfaceTroubles } from "@/features/interfaces/interface-trouble";
import { useDocuments } from "@/features/interfaces/use-documents";
import { LiveBadge } from "@/live/live-badge";
import { StaleFrame } from "@/live/stale-frame";
import { useHasSnapshot, useInterfaces } from "@/live/use-status";
import { PageHeader } from "@/ui/page-header";
import { Skeleton } from "@/ui/skeleton";

export function InterfacesPage() {
  return (
    <>
      <PageHeader title="Interfaces" state={<LiveBadge />}>
        {useMay("interface:create") && <NewInterfaceLink />}
      </PageHeader>
      <StaleFrame>
        <div className={styles.page}>
          <FoundInterfaces otherwise={<FirstInterface />} />
          <InterfaceTroubles createLink={(iface) => <CreateHere iface={iface} />} />
          <AllInterfaces />
        </div>
      </StaleFrame>
    </>
  );
}

function AllInterfaces() {
  const { documents, areKnown } = useDocuments();
  const running = useInterfaces();
  if (!useHasSnapshot() || !areKnown) return <Skeleton lines={4} />;
  return documents.length + running.length > 0 && <InterfaceTable linkTo={interfaceLink} />;
}
