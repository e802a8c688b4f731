import { Link, useNavigate } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useState } from "react";
import styles from "@/app/pages/interface-page.module.css";
import type { InterfaceAction } from "@/features/interfaces/change-interface";
import type { InterfaceDocument } from "@/features/interfaces/interface-documents";
import { InterfaceMenu } from "@/features/interfaces/interface-menu";
import { WaitingBanner } from "@/features/interfaces/waiting-banner";
import { LiveBadge } from "@/live/live-badge";
import { menuEntry } from "@/ui/menu";
import { PageHeader } from "@/ui/page-header";
import { Tabs } from "@/ui/tabs";

const ActionDialog = lazy(() =>
  import("@/features/interfaces/action-dialog").then((module) => ({ default: module.ActionDialog })),
);
const DeleteDialog = lazy(() =>
  import("@/features/interfaces/delete-dialog").then((module) => ({ default: module.DeleteDialog })),
);

type Asked = InterfaceAction | "delete";

type Props = {
  node: string;
  name: string;
  /** The interface as people keep it; undefined where Sentra only watches it. */
  document: InterfaceDocument | undefined;
  /** Which of its pages this is: "settings". */
  section?: string;
  actions?: ReactNode;
  /** Further entries of its menu. */
  entries?: ReactNode;
  children: (ask: (asked: Asked) => void) => ReactNode;
};

/** What every page about one interface has around it: title, actions, and a change that waits. */
export function InterfaceFrame({ node, name, document, section, actions, entries, children }: Props) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const navigate = useNavigate();
  return (
    <>
      <PageHeader
        title={section ? `${name} ${section}` : name}
        mono={!section}
        state={<LiveBadge node={node} />}
      >
        {actions}
        {document && (
          <InterfaceMenu document={document} onAct={setAsked} onDelete={() => setAsked("delete")}>
            {entries}
            <SectionLinks node={node} name={name} can={document.can} className={menuEntry} />
          </InterfaceMenu>
        )}
      </PageHeader>
      {section && (
        <Tabs label={`Pages of ${name}`}>
          <SectionLinks node={node} name={name} can={document?.can ?? []} />
        </Tabs>
      )}
      {document && (
        <div className={styles.banner}>
          <WaitingBanner document={document} />
        </div>
      )}
      {children(setAsked)}
      {document && asked && (
        <Suspense fallback={null}>
          {asked === "delete" ? (
            <DeleteDialog
              document={document}
              onDeleted={() => void navigate({ to: "/interfaces" })}
              onClose={() => setAsked(null)}
            />
          ) : (
            <ActionDialog document={document} action={asked} onClose={() => setAsked(null)} />
          )}
        </Suspense>
      )}
    </>
  );
}

type SectionLinksProps = { node: string; name: string; can: readonly string[]; className?: string };

function SectionLinks({ node, name, can, className }: SectionLinksProps) {
  const mayInspect = can.includes("interface:inspect");
  const shared = { params: { node, name }, ...(className ? { className } : null) };
  const exact = { exact: true, includeSearch: false };
  return (
    <>
      <Link to="/interfaces/$node/$name" activeOptions={exact} {...shared}>
        Peers
      </Link>
      {can.includes("interface:update") && (
        <Link to="/interfaces/$node/$name/settings" {...shared}>
          Settings
        </Link>
      )}
      {mayInspect && (
        <Link to="/interfaces/$node/$name/addresses" {...shared}>
          Addresses
        </Link>
      )}
      {mayInspect && (
        <Link to="/interfaces/$node/$name/history" {...shared}>
          History
        </Link>
      )}
    </>
  );
}
