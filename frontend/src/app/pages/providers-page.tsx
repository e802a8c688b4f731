import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import styles from "@/app/pages/pages.module.css";
import { useMay } from "@/app/use-may";
import { useDocuments } from "@/features/interfaces/use-documents";
import { ProviderDialog } from "@/features/providers/provider-dialog";
import { providersQuery } from "@/features/providers/provider-documents";
import { ProvidersView } from "@/features/providers/providers-view";
import { placesOf } from "@/features/tokens/token-words";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { PageHeader } from "@/ui/page-header";

/** By whom people may sign in, beside Sentra itself. */
export function ProvidersPage() {
  return useMay("provider:read") ? (
    <Providers />
  ) : (
    <>
      <PageHeader title="Identity providers" />
      <div className={styles.page}>
        <Notice tone="word" title="Your role does not read the identity providers." />
      </div>
    </>
  );
}

function Providers() {
  const mayChange = useMay("provider:update");
  const { documents } = useDocuments();
  const places = useMemo(() => placesOf(documents), [documents]);
  const { data } = useQuery(providersQuery);
  const [adding, setAdding] = useState(false);
  const add = mayChange ? (
    <Button look="main" onClick={() => setAdding(true)}>
      Add provider
    </Button>
  ) : null;
  return (
    <>
      <PageHeader title="Identity providers">{data && data.length > 0 && add}</PageHeader>
      <div className={styles.page}>
        <ProvidersView places={places} mayChange={mayChange} add={add} />
      </div>
      {adding && <ProviderDialog places={places} onClose={() => setAdding(false)} />}
    </>
  );
}
