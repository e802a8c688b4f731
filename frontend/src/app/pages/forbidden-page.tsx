import { useSignOut } from "@/app/use-sign-out";
import { Button } from "@/ui/button";
import { MessagePage } from "@/ui/message-page";

export function ForbiddenPage() {
  const signOut = useSignOut();
  return (
    <MessagePage title="Nothing to see for you here" alone>
      <title>Forbidden · Sentra</title>
      <p>Your account may not read the status of any interface. Ask an owner of this Sentra for a role.</p>
      <Button onClick={signOut}>Sign out</Button>
    </MessagePage>
  );
}
