import { FirstInterface } from "@/app/first-interface";
import { FoundInterfaces } from "@/app/found-interfaces";
import { interfaceLink, peerLink } from "@/app/links";
import { CreateHere } from "@/app/new-interface-link";
import styles from "@/app/pages/pages.module.css";
import { InterfaceTable } from "@/features/interfaces/interface-table";
import { InterfaceTroubles } from "@/features/interfaces/interface-trouble";
import { NodeList } from "@/features/nodes/node-list";
import { TopPeers } from "@/features/peers/top-peers";
import { LiveBadge } from "@/live/live-badge";
import { useLive } from "@/live/live-context";
import { StaleFrame } from "@/live/stale-frame";
import { useHasSnapshot } from "@/live/use-status";
import { PageHeader } from "@/ui/page-header";
import { RateChart } from "@/ui/rate-chart";
import { Section } from "@/ui/section";
import { Skeleton } from "@/ui/skeleton";

export function DashboardPage() {
  const known = useHasSnapshot();
  return (
    <>
      <PageHeader title="Dashboard" state={<LiveBadge />} />
      <StaleFrame>
        <div className={styles.page}>{known ? <Dashboard /> : <Skeleton lines={8} />}</div>
      </StaleFrame>
    </>
  );
}

function Dashboard() {
  return (
    <>
      <FoundInterfaces otherwise={<FirstInterface />} />
      <InterfaceTroubles createLink={(iface) => <CreateHere iface={iface} />} />
      <Section title="Nodes">
        <NodeList />
      </Section>
      <Section title="Interfaces">
        <InterfaceTable linkTo={interfaceLink} />
      </Section>
      <div className={styles.halves}>
        <Section title="Traffic">
          <TotalTraffic />
        </Section>
        <Section title="Top peers">
          <TopPeers linkTo={peerLink} />
        </Section>
      </div>
    </>
  );
}

function TotalTraffic() {
  const { store, history } = useLive();
  return (
    <RateChart
      label="Traffic of all interfaces, last ten minutes"
      points={history.total}
      onChange={history.onChange}
      now={store.now}
      height={286}
    />
  );
}
