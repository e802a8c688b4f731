import { useQueryClient } from "@tanstack/react-query";
import { lazyRouteComponent, Outlet, useLocation, useRouteContext, useRouter } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { onSessionEnded } from "@/api/client";
import { ForbiddenPage } from "@/app/pages/forbidden-page";
import { Shell } from "@/app/shell";
import { followInterfaces } from "@/features/interfaces/follow-interfaces";
import { sessionQuery } from "@/features/session/session";
import { StepUp } from "@/features/step-up/step-up";
import { LiveProvider } from "@/live/live-context";
import { createLive } from "@/live/start-live";

const EnrolPage = lazyRouteComponent(() => import("@/app/pages/enrol-page"), "EnrolPage");

/** What is around every page of somebody who is signed in: the live connection and the navigation. */
export function SignedIn() {
  const { session } = useRouteContext({ from: "/signed-in" });
  const queryClient = useQueryClient();
  const router = useRouter();
  const live = useMemo(() => {
    const end = () => {
      queryClient.setQueryData(sessionQuery.queryKey, null);
      void router.invalidate();
    };
    // A browser does not tell why a socket was refused, so ask whether the session is still there.
    const ask = async () => {
      const session = await queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 }).catch(() => undefined);
      if (session === null) end();
    };
    const address = `${location.origin.replace(/^http/, "ws")}/api/v1/status/stream`;
    return { ...createLive({ address, onSessionEnded: end, onRefused: () => void ask() }), ask };
  }, [queryClient, router]);
  useEffect(() => onSessionEnded(() => void live.ask()), [live]);
  useEffect(
    () =>
      followInterfaces(live.store, () => {
        for (const key of ["interfaces", "found"]) void queryClient.invalidateQueries({ queryKey: [key] });
      }),
    [live, queryClient],
  );
  useTopOnNewPage();
  if (session.second_factor === "needed") return <EnrolPage />;
  if (!session.can.includes("status:read")) return <ForbiddenPage />;
  return (
    <LiveProvider live={live}>
      <Shell user={session.user}>
        <Outlet />
      </Shell>
      <StepUp />
    </LiveProvider>
  );
}

function useTopOnNewPage(): void {
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another path is another page
  useEffect(() => {
    // Braces: newer browsers return a promise, and React would take it for the effect's undo.
    window.scrollTo(0, 0);
  }, [pathname]);
}
