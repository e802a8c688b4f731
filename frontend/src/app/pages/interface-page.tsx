import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { CreateHere } from "@/app/new-interface-link";
import { type Adding, AddPeers } from "@/app/pages/add-peers";
import { InterfaceFrame } from "@/app/pages/interface-frame";
import styles from "@/app/pages/interface-page.module.css";
import { InterfacePeers } from "@/app/pages/interface-peers";
import { useMay } from "@/app/use-may";
import type { InterfaceAction } from "@/features/interfaces/change-interface";
import { DriftNotice } from "@/features/interfaces/drift-notice";
import { FoundNotices, useFound } from "@/features/interfaces/found-notices";
import type { InterfaceDocument } from "@/features/interfaces/interface-documents";
import { InterfaceFacts } from "@/features/interfaces/interface-facts";
import { InterfaceTrouble } from "@/features/interfaces/interface-trouble";
import { statusOf } from "@/features/interfaces/interface-words";
import { ReimportNotice } from "@/features/interfaces/reimport-notice";
import { StateNotices } from "@/features/interfaces/state-notices";
import { useDocument, useDocuments } from "@/features/interfaces/use-documents";
import { StaleFrame } from "@/live/stale-frame";
import { type InterfaceStatus, interfacePath } from "@/live/status-types";
import { useHasSnapshot, useInterface } from "@/live/use-status";
import { MenuButton } from "@/ui/menu";
import { MessagePage } from "@/ui/message-page";
import { Skeleton } from "@/ui/skeleton";

const FROM = "/signed-in/interfaces/$node/$name";

export function InterfacePage() {
  const { node, name } = useParams({ from: FROM });
  const running = useInterface(interfacePath(node, name));
  const document = useDocument(node, name);
  const { areKnown } = useDocuments();
  const known = useHasSnapshot() && areKnown;
  const [adding, setAdding] = useState<Adding>(null);
  const mayAdd = document?.can.includes("peer:create") ?? false;
  const iface = running ?? (document && statusOf(document));
  return (
    <InterfaceFrame
      key={interfacePath(node, name)}
      node={node}
      name={name}
      document={document}
      actions={document && mayAdd && <AddPeers iface={document} adding={adding} onAdding={setAdding} />}
      entries={
        mayAdd && (
          <div className={styles.phoneOnly}>
            <MenuButton onClick={() => setAdding("many")}>Add several peers</MenuButton>
          </div>
        )
      }
    >
      {(ask) => (
        <StaleFrame node={node}>
          {iface && (running || known) ? (
            <>
              <div className={styles.facts}>
                {document ? (
                  <Notices document={document} iface={iface} onAct={ask} />
                ) : (
                  <Unmanaged iface={iface} areDocumentsKnown={areKnown} />
                )}
                <InterfaceFacts iface={iface} />
              </div>
              <InterfacePeers
                iface={iface}
                document={document ?? null}
                onAdd={mayAdd ? () => setAdding("one") : null}
              />
            </>
          ) : known ? (
            <NotWatched name={name} />
          ) : (
            <div className={styles.facts}>
              <Skeleton lines={10} />
            </div>
          )}
        </StaleFrame>
      )}
    </InterfaceFrame>
  );
}

type NoticesProps = {
  document: InterfaceDocument;
  iface: InterfaceStatus;
  onAct: (action: InterfaceAction) => void;
};

/** What is to be said of a managed interface beside its numbers. */
function Notices({ document, iface, onAct }: NoticesProps) {
  return (
    <>
      {document.started && <InterfaceTrouble iface={iface} managed />}
      <StateNotices document={document} onAct={onAct} />
      <DriftNotice document={document} />
      <ReimportNotice
        document={document}
        linkTo={(publicKey, name) => (
          <Link
            to="/interfaces/$node/$name"
            params={{ node: document.node, name: document.name }}
            search={{ peer: publicKey }}
          >
            {name}
          </Link>
        )}
      />
    </>
  );
}

/** An interface that is only watched, with the offer to manage it. */
function Unmanaged({ iface, areDocumentsKnown }: { iface: InterfaceStatus; areDocumentsKnown: boolean }) {
  const mayAdopt = useMay("interface:adopt") && areDocumentsKnown;
  return (
    <>
      <InterfaceTrouble iface={iface} create={<CreateHere iface={iface} />} />
      {mayAdopt && <Offer node={iface.node} name={iface.name} />}
    </>
  );
}

function Offer({ node, name }: { node: string; name: string }) {
  const found = useFound([node])?.filter((iface) => iface.name === name);
  return found && <FoundNotices found={found} onAdopted={() => undefined} />;
}

function NotWatched({ name }: { name: string }) {
  return (
    <MessagePage title="This interface is not watched" level={2}>
      <p>
        Sentra watches what it manages, and what <code>WG_INTERFACE</code> names, comma separated. Add {name}{" "}
        to it and start Sentra again, or see <Link to="/interfaces">what is watched now</Link>.
      </p>
    </MessagePage>
  );
}
