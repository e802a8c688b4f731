import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useCallback } from "react";
import { sessionQuery } from "@/features/session/session";
import { signOut } from "@/features/session/sign-out";
import { keepPreferences } from "@/lib/preference";

/** Ends the session; the page goes to sign-in even where the server could not be told. */
export function useSignOut(): () => Promise<void> {
  const queryClient = useQueryClient();
  const router = useRouter();
  return useCallback(async () => {
    const restorePreferences = keepPreferences();
    await signOut().catch(() => undefined);
    restorePreferences();
    queryClient.clear();
    queryClient.setQueryData(sessionQuery.queryKey, null);
    await router.navigate({ to: "/sign-in", replace: true });
  }, [queryClient, router]);
}
