import { useRouteContext } from "@tanstack/react-router";
import styles from "@/app/pages/pages.module.css";
import { useSignOut } from "@/app/use-sign-out";
import { PasswordForm } from "@/features/account/password-form";
import { ThemeChoice } from "@/features/account/theme-choice";
import { Button } from "@/ui/button";
import { PageHeader } from "@/ui/page-header";
import { Section } from "@/ui/section";

export function AccountPage() {
  const { session } = useRouteContext({ from: "/signed-in" });
  const signOut = useSignOut();
  return (
    <>
      <PageHeader title="Account" />
      <div className={styles.narrow}>
        <Section title="Signed in">
          <p>
            {session.user.name}, {session.user.email}, {session.user.role}
          </p>
        </Section>
        <Section title="Look">
          <ThemeChoice />
        </Section>
        <Section title="Password">
          <PasswordForm email={session.user.email} />
        </Section>
        <Section title="This installation">
          <ul className={styles.links}>
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
        </Section>
        <div>
          <Button onClick={signOut}>Sign out</Button>
        </div>
      </div>
    </>
  );
}
