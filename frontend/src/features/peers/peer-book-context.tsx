import { createContext, useContext } from "react";
import { NO_PEERS_KNOWN, type PeerBook } from "@/features/peers/peer-book";

/** The names of the peers on this page, for rows deep in a table. */
export const PeerBookContext = createContext<PeerBook>(NO_PEERS_KNOWN);

export const usePeerBook = (): PeerBook => useContext(PeerBookContext);
