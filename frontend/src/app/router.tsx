import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { parseAddressSearch, stringifyAddressSearch } from "@/app/address-search";
import { FailedAlone, FailedPage } from "@/app/pages/failed-page";
import { NotFoundPage } from "@/app/pages/not-found-page";
import { SignedIn } from "@/app/signed-in";
import { sessionQuery } from "@/features/session/session";
import { Skeleton } from "@/ui/skeleton";

const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
  errorComponent: FailedAlone,
  notFoundComponent: NotFoundPage,
});

const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/setup",
  component: lazyRouteComponent(() => import("@/app/pages/setup-page"), "SetupPage"),
});

const joinRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/join",
  component: lazyRouteComponent(() => import("@/app/pages/link-pages"), "JoinPage"),
});

const resetRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/reset",
  component: lazyRouteComponent(() => import("@/app/pages/link-pages"), "ResetPage"),
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: (search): { to?: string; by?: string } => textFields(search, ["to", "by"]),
  component: lazyRouteComponent(() => import("@/app/pages/sign-in-page"), "SignInPage"),
});

/** Everything for which one must be signed in. */
const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "signed-in",
  beforeLoad: async ({ context, location }) => {
    const session = await context.queryClient.ensureQueryData(sessionQuery);
    if (session) return { session };
    throw redirect({
      to: "/sign-in",
      search: location.href === "/" ? {} : { to: location.href },
      replace: true,
    });
  },
  component: SignedIn,
  errorComponent: FailedAlone,
});

const dashboardRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/",
  component: lazyRouteComponent(() => import("@/app/pages/dashboard-page"), "DashboardPage"),
});

const interfacesRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/interfaces",
  component: lazyRouteComponent(() => import("@/app/pages/interfaces-page"), "InterfacesPage"),
});

export type InterfaceSearch = { q?: string; sort?: string; peer?: string };

const interfaceRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/interfaces/$node/$name",
  validateSearch: (search): InterfaceSearch => textFields(search, ["q", "sort", "peer"]),
  component: lazyRouteComponent(() => import("@/app/pages/interface-page"), "InterfacePage"),
});

const newInterfaceRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/interfaces/new",
  validateSearch: (search): { way?: string; node?: string; name?: string } =>
    textFields(search, ["way", "node", "name"]),
  component: lazyRouteComponent(() => import("@/app/pages/new-interface-page"), "NewInterfacePage"),
});

const interfaceSettingsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/interfaces/$node/$name/settings",
  component: lazyRouteComponent(() => import("@/app/pages/interface-settings-page"), "InterfaceSettingsPage"),
});

const interfaceAddressesRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/interfaces/$node/$name/addresses",
  component: lazyRouteComponent(
    () => import("@/app/pages/interface-addresses-page"),
    "InterfaceAddressesPage",
  ),
});

const interfaceHistoryRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/interfaces/$node/$name/history",
  component: lazyRouteComponent(() => import("@/app/pages/interface-history-page"), "InterfaceHistoryPage"),
});

const peopleRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/people",
  component: lazyRouteComponent(() => import("@/app/pages/people-page"), "PeoplePage"),
});

const rolesRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/roles",
  component: lazyRouteComponent(() => import("@/app/pages/roles-page"), "RolesPage"),
});

const auditRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/audit",
  component: lazyRouteComponent(() => import("@/app/pages/audit-page"), "AuditPage"),
});

const tokensRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/tokens",
  component: lazyRouteComponent(() => import("@/app/pages/tokens-page"), "TokensPage"),
});

const settingsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/settings",
  component: lazyRouteComponent(() => import("@/app/pages/policy-page"), "PolicyPage"),
});

const providersRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/settings/providers",
  component: lazyRouteComponent(() => import("@/app/pages/providers-page"), "ProvidersPage"),
});

const accountRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/account",
  component: lazyRouteComponent(() => import("@/app/pages/account-page"), "AccountPage"),
});

const routeTree = rootRoute.addChildren([
  setupRoute,
  joinRoute,
  resetRoute,
  signInRoute,
  signedInRoute.addChildren([
    dashboardRoute,
    interfacesRoute,
    newInterfaceRoute,
    interfaceRoute,
    interfaceSettingsRoute,
    interfaceAddressesRoute,
    interfaceHistoryRoute,
    peopleRoute,
    rolesRoute,
    auditRoute,
    tokensRoute,
    settingsRoute,
    providersRoute,
    accountRoute,
  ]),
]);

export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    parseSearch: parseAddressSearch,
    stringifySearch: stringifyAddressSearch,
    defaultPreload: "intent",
    defaultPendingMs: 300,
    defaultPendingComponent: () => <Skeleton lines={8} />,
    defaultErrorComponent: FailedPage,
    defaultNotFoundComponent: NotFoundPage,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}

function textFields<Name extends string>(
  search: Record<string, unknown>,
  names: readonly Name[],
): { [Each in Name]?: string } {
  const found: { [Each in Name]?: string } = {};
  for (const name of names) {
    const value = search[name];
    if (typeof value === "string" && value !== "") found[name] = value;
  }
  return found;
}
