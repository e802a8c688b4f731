import styles from "@/app/pages/pages.module.css";
import { useMay } from "@/app/use-may";
import { AuditLog } from "@/features/audit/audit-log";
import { Notice } from "@/ui/notice";
import { PageHeader } from "@/ui/page-header";

export function AuditPage() {
  const may = useMay("audit:read");
  return (
    <>
      <PageHeader title="Audit" />
      <div className={styles.page}>
        {may ? <AuditLog /> : <Notice tone="word" title="Your role does not read the audit." />}
      </div>
    </>
  );
}
