import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useRouteContext } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import styles from "@/app/pages/pages.module.css";
import { useMay } from "@/app/use-may";
import { useDocuments } from "@/features/interfaces/use-documents";
import { WaitingBanner } from "@/features/interfaces/waiting-banner";
import { InviteDialog } from "@/features/people/invite-dialog";
import { PeopleView } from "@/features/people/people-view";
import { peopleQuery } from "@/features/people/person-documents";
import { placesOf } from "@/features/tokens/token-words";
import { Button, buttonClass } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { PageHeader } from "@/ui/page-header";

/** Everybody who may sign in. */
export function PeoplePage() {
  return useMay("user:read") ? (
    <People />
  ) : (
    <>
      <PageHeader title="People" />
      <div className={styles.page}>
        <Notice tone="word" title="Your role does not see who there is." />
      </div>
    </>
  );
}

function People() {
  const { session } = useRouteContext({ from: "/signed-in" });
  const mayInvite = useMay("user:invite");
  const { documents } = useDocuments();
  const places = useMemo(() => placesOf(documents), [documents]);
  const { data } = useInfiniteQuery(peopleQuery(""));
  const [inviting, setInviting] = useState(false);
  const grantable = data?.pages[0]?.grantable ?? [];
  return (
    <>
      <PageHeader title="People">
        <Link to="/roles" className={buttonClass()}>
          Roles
        </Link>
        {mayInvite && grantable.length > 0 && (
          <Button look="main" onClick={() => setInviting(true)}>
            Invite
          </Button>
        )}
      </PageHeader>
      <div className={styles.page}>
        {/* Disabling somebody's peers may cut off whoever does it: it is kept here. */}
        {documents.map((document) => (
          <WaitingBanner key={document.id} document={document} />
        ))}
        <PeopleView userId={session.user.id} places={places} />
      </div>
      {inviting && <InviteDialog grantable={grantable} places={places} onClose={() => setInviting(false)} />}
    </>
  );
}
