import { createContext, useContext } from "react";

/** The peers that are chosen for one change of all of them, by public key; null while nothing is being chosen. */
export type PeerSelection = Readonly<{
  chosen: ReadonlySet<string>;
  onToggle: (publicKey: string) => void;
}>;

export const PeerSelectionContext = createContext<PeerSelection | null>(null);

export const usePeerSelection = (): PeerSelection | null => useContext(PeerSelectionContext);
