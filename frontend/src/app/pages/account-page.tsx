import { useQueryClient } from "@tanstack/react-query";
import { Link, useRouteContext, useRouter } from "@tanstack/react-router";
import styles from "@/app/pages/pages.module.css";
import { useMay } from "@/app/use-may";
import { useSignOut } from "@/app/use-sign-out";
import { PasswordForm } from "@/features/account/password-form";
import { ThemeChoice } from "@/features/account/theme-choice";
import { SecondFactors } from "@/features/factors/second-factors";
import { ProfileForm } from "@/features/profile/profile-form";
import type { Profile } from "@/features/profile/update-profile";
import { sessionQuery } from "@/features/session/session";
import { SessionList } from "@/features/sessions/session-list";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { PageHeader } from "@/ui/page-header";
import { Section } from "@/ui/section";

export function AccountPage() {
  const { session } = useRouteContext({ from: "/signed-in" });
  const signOut = useSignOut();
  const takeIn = useProfileChange();
  const { role, email } = session.user;
  return (
    <>
      <PageHeader title="Account" state={role && <Badge>{role}</Badge>}>
        <Button onClick={signOut}>Sign out</Button>
      </PageHeader>
      <div className={styles.narrow}>
        <Section title="Profile">
          <ProfileForm user={session.user} onChanged={takeIn} />
        </Section>
        <Section title="Password">
          <PasswordForm email={email} />
        </Section>
        <Section title="Second factors">
          <SecondFactors />
        </Section>
        <Section title="Where you are signed in">
          <SessionList />
        </Section>
        <Section title="Look">
          <ThemeChoice />
        </Section>
        <Section title="This installation">
          <InstallationLinks />
        </Section>
      </div>
    </>
  );
}

/** What a phone's navigation has no room for, and what is no page. */
function InstallationLinks() {
  const maySettle = useMay("policy:read");
  return (
    <ul className={styles.links}>
      <li>
        <Link to="/tokens">API tokens</Link>
      </li>
      <li>
        <Link to="/roles">Roles: who may do what</Link>
      </li>
      {maySettle && (
        <li>
          <Link to="/settings">Settings</Link>
        </li>
      )}
      <li>
        <a href="/api/v1/docs" target="_blank" rel="noreferrer">
          API documentation
        </a>
      </li>
      <li>
        <a href="/api/v1/ca.crt" download>
          Certificate of its own authority
        </a>
      </li>
    </ul>
  );
}

/** The whole page says who is signed in, so it hears of another name at once. */
function useProfileChange(): (profile: Profile) => void {
  const client = useQueryClient();
  const router = useRouter();
  return (profile) => {
    client.setQueryData(
      sessionQuery.queryKey,
      (known) => known && { ...known, user: { ...known.user, ...profile } },
    );
    void router.invalidate();
  };
}
