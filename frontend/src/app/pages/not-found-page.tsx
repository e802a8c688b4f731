import { Link } from "@tanstack/react-router";
import { MessagePage } from "@/ui/message-page";

export function NotFoundPage() {
  return (
    <MessagePage title="Not found" alone>
      <title>Not found · Sentra</title>
      <p>There is no page at this address.</p>
      <Link to="/">Dashboard</Link>
    </MessagePage>
  );
}
