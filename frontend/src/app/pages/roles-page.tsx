import { Link, useRouteContext } from "@tanstack/react-router";
import { useMemo } from "react";
import styles from "@/app/pages/pages.module.css";
import { useMay } from "@/app/use-may";
import { useDocuments } from "@/features/interfaces/use-documents";
import { RoleHolders } from "@/features/people/role-holders";
import { RoleMatrix } from "@/features/roles/role-matrix";
import { placesOf } from "@/features/tokens/token-words";
import { buttonClass } from "@/ui/button";
import { PageHeader } from "@/ui/page-header";
import { Section } from "@/ui/section";

/** Who may do what and why, and who has which role. */
export function RolesPage() {
  const { session } = useRouteContext({ from: "/signed-in" });
  const maySeePeople = useMay("user:read");
  const { documents } = useDocuments();
  const places = useMemo(() => placesOf(documents), [documents]);
  return (
    <>
      <PageHeader title="Roles">
        {maySeePeople && (
          <Link to="/people" className={buttonClass()}>
            People
          </Link>
        )}
      </PageHeader>
      <div className={styles.page}>
        {maySeePeople && (
          <Section title="Who has which">
            <RoleHolders places={places} />
          </Section>
        )}
        <Section title="What each may do">
          <RoleMatrix own={session.user.role} />
        </Section>
      </div>
    </>
  );
}
