import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { ManagedInterface } from "@/app/pages/managed-interface";
import { usePeerLink } from "@/app/pages/use-peer-link";
import { addressesQuery } from "@/features/interfaces/address-documents";
import type { InterfaceDocument } from "@/features/interfaces/interface-documents";
import { OwnerLookup } from "@/features/interfaces/owner-lookup";
import { PoolList } from "@/features/interfaces/pool-list";
import { Reservations } from "@/features/interfaces/reservations";
import { RestingList } from "@/features/interfaces/resting-list";
import { Notice } from "@/ui/notice";
import { Section } from "@/ui/section";
import { Skeleton } from "@/ui/skeleton";

export function InterfaceAddressesPage() {
  const { node, name } = useParams({ from: "/signed-in/interfaces/$node/$name/addresses" });
  return (
    <ManagedInterface node={node} name={name} section="addresses">
      {(document) => <Addresses document={document} />}
    </ManagedInterface>
  );
}

function Addresses({ document }: { document: InterfaceDocument }) {
  const { data, error } = useQuery(addressesQuery(document.id));
  const linkTo = usePeerLink(document);
  if (error) return <Notice title={error.message} />;
  if (!data) return <Skeleton lines={6} />;
  return (
    <>
      <Section title="Pools">
        <PoolList pools={data.pools} />
      </Section>
      <Section title="Who owns this address?">
        <OwnerLookup interfaceId={document.id} linkTo={linkTo} />
      </Section>
      <Section title="Reserved">
        <Reservations
          interfaceId={document.id}
          reservations={data.reservations}
          mayChange={document.can.includes("interface:update")}
        />
      </Section>
      <Section title="Resting">
        <RestingList resting={data.resting} />
      </Section>
    </>
  );
}
