import { useQueries } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { type FoundInterface, foundQuery } from "@/features/interfaces/adopt-interface";
import type { InterfaceDocument } from "@/features/interfaces/interface-documents";
import { counted } from "@/features/interfaces/interface-words";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";

const AdoptDialog = lazy(() =>
  import("@/features/interfaces/adopt-dialog").then((module) => ({ default: module.AdoptDialog })),
);

type Found = FoundInterface & { node: string };
type Props = {
  /** What `useFound` gave. */
  found: readonly Found[];
  onAdopted: (adopted: InterfaceDocument) => void;
};

/** The WireGuard interfaces that run on these nodes unmanaged; null until that is known. */
export function useFound(nodes: readonly string[]): readonly Found[] | null {
  const answers = useQueries({ queries: nodes.map((node) => foundQuery(node)) });
  if (answers.some((answer) => answer.isPending)) return null;
  return answers.flatMap(({ data }, index) =>
    (data ?? []).map((iface) => ({ ...iface, node: nodes[index] ?? "" })),
  );
}

/** An offer for each interface that is there already. */
export function FoundNotices({ found, onAdopted }: Props) {
  const [chosen, setChosen] = useState<Found | null>(null);
  return (
    <>
      {found.map((iface) => (
        <Notice
          key={`${iface.node}/${iface.name}`}
          tone="word"
          title={`There is a WireGuard here already: ${iface.name} with ${counted(iface.peer_count, "peer")}`}
        >
          <p>
            {iface.file ? `wg-quick file ${iface.file}. ` : ""}
            Sentra can take it over as it runs: nothing is restarted, no file is rewritten.
          </p>
          <Actions>
            <Button onClick={() => setChosen(iface)}>Adopt {iface.name}</Button>
          </Actions>
        </Notice>
      ))}
      {chosen && (
        <Suspense fallback={null}>
          <AdoptDialog found={chosen} onAdopted={onAdopted} onClose={() => setChosen(null)} />
        </Suspense>
      )}
    </>
  );
}
