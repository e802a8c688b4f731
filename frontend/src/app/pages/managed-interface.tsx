import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { InterfaceFrame } from "@/app/pages/interface-frame";
import styles from "@/app/pages/pages.module.css";
import type { InterfaceDocument } from "@/features/interfaces/interface-documents";
import { useDocument, useDocuments } from "@/features/interfaces/use-documents";
import { MessagePage } from "@/ui/message-page";
import { Skeleton } from "@/ui/skeleton";

type Props = {
  node: string;
  name: string;
  section: string;
  children: (document: InterfaceDocument) => ReactNode;
};

/** A page about an interface that Sentra manages; says so where it does not. */
export function ManagedInterface({ node, name, section, children }: Props) {
  const document = useDocument(node, name);
  const { areKnown } = useDocuments();
  return (
    <InterfaceFrame node={node} name={name} document={document} section={section}>
      {() =>
        document ? (
          <div className={styles.page}>{children(document)}</div>
        ) : areKnown ? (
          <MessagePage title="Sentra does not manage this interface" level={2}>
            <p>
              There are no {section} of it here. See <Link to="/interfaces">all interfaces</Link>.
            </p>
          </MessagePage>
        ) : (
          <div className={styles.page}>
            <Skeleton lines={6} />
          </div>
        )
      }
    </InterfaceFrame>
  );
}
