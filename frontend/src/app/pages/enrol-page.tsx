import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { Outside } from "@/app/pages/outside";
import { useSignOut } from "@/app/use-sign-out";
import { Enrol } from "@/features/factors/enrol";
import { sessionQuery } from "@/features/session/session";

/** All that somebody reaches who must set up a second factor first; then the page that they wanted. */
export function EnrolPage() {
  const client = useQueryClient();
  const router = useRouter();
  const signOut = useSignOut();
  const goOn = async () => {
    await client.fetchQuery({ ...sessionQuery, staleTime: 0 });
    await router.invalidate();
  };
  return (
    <Outside title="Set up a second factor">
      <Enrol onDone={() => void goOn()} onSignOut={() => void signOut()} />
    </Outside>
  );
}
