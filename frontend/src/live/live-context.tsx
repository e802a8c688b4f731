import { createContext, type ReactNode, useContext, useEffect } from "react";
import type { Live } from "@/live/start-live";

const LiveContext = createContext<Live | null>(null);

/** Gives the status store to what is below, and keeps its connection while it is mounted. */
export function LiveProvider({ live, children }: { live: Live; children: ReactNode }) {
  useEffect(() => live.start(), [live]);
  return <LiveContext value={live}>{children}</LiveContext>;
}

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error("useLive needs a LiveProvider above it");
  return live;
}
