import { interfaceLink } from "@/app/links";
import styles from "@/app/pages/pages.module.css";
import { InterfaceTable } from "@/features/interfaces/interface-table";
import { InterfaceTroubles } from "@/features/interfaces/interface-trouble";
import { LiveBadge } from "@/live/live-badge";
import { StaleFrame } from "@/live/stale-frame";
import { useHasSnapshot } from "@/live/use-status";
import { PageHeader } from "@/ui/page-header";
import { Skeleton } from "@/ui/skeleton";

export function InterfacesPage() {
  const known = useHasSnapshot();
  return (
    <>
      <PageHeader title="Interfaces" state={<LiveBadge />} />
      <StaleFrame>
        <div className={styles.page}>
          <InterfaceTroubles />
          {known ? <InterfaceTable linkTo={interfaceLink} /> : <Skeleton lines={4} />}
        </div>
      </StaleFrame>
    </>
  );
}
