import { queryOptions, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { api } from "@/api/client";
import type { components } from "@/api/schema";
import type { InterfaceDocument } from "@/features/interfaces/interface-documents";
import { counted } from "@/features/interfaces/interface-words";
import styles from "@/features/interfaces/reimport-notice.module.css";
import { Fold } from "@/ui/fold";
import { Notice } from "@/ui/notice";

type Peer = Pick<components["schemas"]["PeerView"], "id" | "name" | "public_key">;

const MOST = 200;

const reimportQuery = (interfaceId: string) =>
  queryOptions({
    queryKey: ["peers", interfaceId, "reimport"],
    queryFn: async ({ signal }): Promise<readonly Peer[]> => {
      const { data } = await api.GET("/api/v1/interfaces/{interface_id}/peers", {
        params: { path: { interface_id: interfaceId }, query: { must_reimport: true, limit: MOST } },
        signal,
      });
      return data?.items ?? [];
    },
    retry: false,
  });

type Props = {
  document: InterfaceDocument;
  /** A link to a peer; app knows the addresses. */
  linkTo: (publicKey: string, name: ReactNode) => ReactNode;
};

/** Whose config file is not what it was when they got it. */
export function ReimportNotice({ document, linkTo }: Props) {
  const count = document.reimport_count;
  if (count === 0) return null;
  return (
    <Notice
      tone="word"
      title={`${counted(count, "peer")} must import ${count === 1 ? "its" : "their"} config file again`}
    >
      <p>
        {count === 1
          ? "What is in it has changed since it was handed out. Until the new one is imported, its tunnel may not work."
          : "What is in them has changed since they were handed out. Until the new ones are imported, their tunnels may not work."}
      </p>
      <Fold summary={count === 1 ? "Show it" : "Show them"}>
        <Names document={document} linkTo={linkTo} />
      </Fold>
    </Notice>
  );
}

function Names({ document, linkTo }: Props) {
  const { data, error } = useQuery(reimportQuery(document.id));
  if (error) return <p role="alert">{error.message}</p>;
  return (
    <ul className={styles.names}>
      {data?.map((peer) => (
        <li key={peer.id}>{linkTo(peer.public_key, peer.name)}</li>
      ))}
      {document.reimport_count > MOST && <li>and {document.reimport_count - MOST} more</li>}
    </ul>
  );
}
