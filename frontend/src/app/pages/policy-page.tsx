import { Link, useRouteContext } from "@tanstack/react-router";
import styles from "@/app/pages/pages.module.css";
import { useMay } from "@/app/use-may";
import { KeysSection } from "@/features/policies/keys-section";
import { SecondFactorForm } from "@/features/policies/second-factor-form";
import { Notice } from "@/ui/notice";
import { PageHeader } from "@/ui/page-header";
import { Section } from "@/ui/section";

/** What applies to everybody: how people sign in, and the keys behind it. */
export function PolicyPage() {
  const { session } = useRouteContext({ from: "/signed-in" });
  const mayRead = useMay("policy:read");
  const mayChange = useMay("policy:update");
  const mayReadKeys = useMay("key:read");
  const mayRotate = useMay("key:rotate");
  const mayReadProviders = useMay("provider:read");
  return (
    <>
      <PageHeader title="Settings" />
      <div className={styles.narrow}>
        {!mayRead && !mayReadKeys && <Notice tone="word" title="Your role does not read the settings." />}
        {mayRead && (
          <Section title="Sign-in policy">
            <SecondFactorForm
              mayChange={mayChange}
              hasOwn={session.second_factor === "given"}
              toOwn={
                <>
                  <Link to="/account">Set up a second factor of your own</Link> first. Then ask others for
                  one.
                </>
              }
            />
          </Section>
        )}
        {mayReadProviders && (
          <Section title="Identity providers">
            <p>
              <Link to="/settings/providers">By whom people may sign in</Link>, beside an account of Sentra's
              own.
            </p>
          </Section>
        )}
        {mayReadKeys && (
          <Section title="Keys">
            <KeysSection mayRotate={mayRotate} />
          </Section>
        )}
      </div>
    </>
  );
}
