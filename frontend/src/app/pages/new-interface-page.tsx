import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import styles from "@/app/pages/new-interface-page.module.css";
import { useMay } from "@/app/use-may";
import { ImportForm } from "@/features/interfaces/import-form";
import type { InterfaceDocument } from "@/features/interfaces/interface-documents";
import { NewInterfaceForm } from "@/features/interfaces/new-interface-form";
import { useNodes } from "@/live/use-status";
import { Choice } from "@/ui/choice";
import { PageHeader } from "@/ui/page-header";
import { Tabs } from "@/ui/tabs";

const LOCAL = "local";

/** Two ways to a new interface: filled in, or out of a wg-quick file. */
export function NewInterfacePage() {
  const { way, ...wanted } = useSearch({ from: "/signed-in/interfaces/new" });
  const nodes = useNodes().map(({ node }) => node);
  const [chosen, setChosen] = useState<string | null>(null);
  const node = chosen ?? wanted.node ?? nodes[0] ?? LOCAL;
  const navigate = useNavigate();
  const open = ({ node, name }: InterfaceDocument) =>
    void navigate({ to: "/interfaces/$node/$name", params: { node, name } });
  const [mayCreate, mayImport] = [useMay("interface:create"), useMay("interface:import")];
  return (
    <>
      <PageHeader title="New interface" />
      <Tabs label="Ways to a new interface">
        <Link to="/interfaces/new" search={wanted} activeOptions={{ exact: true }}>
          Create
        </Link>
        <Link to="/interfaces/new" search={{ ...wanted, way: "import" }} activeOptions={{ exact: true }}>
          Import a wg-quick file
        </Link>
      </Tabs>
      <div className={styles.page}>
        {nodes.length > 1 && (
          <Choice
            label="Node"
            value={node}
            onChange={setChosen}
            options={nodes.map((each) => ({ value: each, label: each }))}
          />
        )}
        {way === "import" ? (
          <May it={mayImport}>
            <ImportForm key={node} node={node} name={wanted.name} onImported={open} />
          </May>
        ) : (
          <May it={mayCreate}>
            <NewInterfaceForm
              key={node}
              node={node}
              name={wanted.name}
              pageHost={location.hostname}
              onCreated={open}
            />
          </May>
        )}
      </div>
    </>
  );
}

function May({ it, children }: { it: boolean; children: ReactNode }) {
  return it ? children : <p>Your account may not make interfaces this way.</p>;
}
