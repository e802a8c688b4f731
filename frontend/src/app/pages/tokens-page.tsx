import { useQuery } from "@tanstack/react-query";
import { useRouteContext } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import styles from "@/app/pages/pages.module.css";
import { useDocuments } from "@/features/interfaces/use-documents";
import { NewTokenDialog } from "@/features/tokens/new-token-dialog";
import { tokensQuery } from "@/features/tokens/token-documents";
import { placesOf } from "@/features/tokens/token-words";
import { TokensView } from "@/features/tokens/tokens-view";
import { Button } from "@/ui/button";
import { PageHeader } from "@/ui/page-header";

export function TokensPage() {
  const { session } = useRouteContext({ from: "/signed-in" });
  const { documents } = useDocuments();
  const places = useMemo(() => placesOf(documents), [documents]);
  const { data } = useQuery(tokensQuery("own"));
  const [making, setMaking] = useState(false);
  const grantable = data?.grantable ?? [];
  const newToken =
    grantable.length > 0 ? (
      <Button look="main" onClick={() => setMaking(true)}>
        New token
      </Button>
    ) : null;
  return (
    <>
      <PageHeader title="API tokens">{data && data.items.length > 0 && newToken}</PageHeader>
      <div className={styles.page}>
        <TokensView userId={session.user.id} places={places} newToken={newToken} />
      </div>
      {making && <NewTokenDialog grantable={grantable} places={places} onClose={() => setMaking(false)} />}
    </>
  );
}
