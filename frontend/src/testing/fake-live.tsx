import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { theme } from "@/app/theme";
import { LiveProvider } from "@/live/live-context";
import { ServerClock } from "@/live/server-clock";
import type { Live } from "@/live/start-live";
import { StatusHistory } from "@/live/status-history";
import { StatusStore } from "@/live/status-store";
import { AT } from "@/testing/frames";

/** A status store that no connection feeds. */
export function fakeLive(now = () => AT): Live {
  const store = new StatusStore(new ServerClock(now), now);
  return {
    store,
    history: new StatusHistory(store),
    silentSeconds: () => 0,
    start: () => () => undefined,
  };
}

/** What a component has around it in the page. */
export function Around({ live, children }: { live?: Live; children: ReactNode }) {
  const content = live ? <LiveProvider live={live}>{children}</LiveProvider> : children;
  return (
    <MantineProvider theme={theme} env="test">
      <QueryClientProvider client={new QueryClient()}>{content}</QueryClientProvider>
    </MantineProvider>
  );
}
