import { useRouteContext } from "@tanstack/react-router";

/** Whether whoever is signed in may do something at all, by what the server said of them. */
export function useMay(action: string): boolean {
  const { session } = useRouteContext({ from: "/signed-in" });
  return session.can.includes(action);
}
