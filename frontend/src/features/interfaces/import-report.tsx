import { shownLine } from "@/features/interfaces/file-errors";
import { HookList } from "@/features/interfaces/hook-list";
import type { ImportReport } from "@/features/interfaces/import-interface";
import type { Plan } from "@/features/interfaces/interface-documents";
import { counted } from "@/features/interfaces/interface-words";
import styles from "@/features/interfaces/report.module.css";
import { entriesText } from "@/lib/text-list";
import { PlanView } from "@/ui/plan-view";
import { Section } from "@/ui/section";

type Props = {
  report: ImportReport;
  plan: Plan;
  /** The file. */
  text: string;
};

/** What is in a wg-quick file, and what importing it does. */
export function ImportReportView({ report, plan, text }: Props) {
  return (
    <Section title="What is in the file">
      <div className={styles.report}>
        {report.errors.length > 0 && (
          <section className={`${styles.part} ${styles.trouble}`} role="alert">
            <h3>{counted(report.errors.length, "wrong line")}</h3>
            <ul className={styles.lines}>
              {report.errors.map((error) => (
                <li key={`${error.line} ${error.message}`}>
                  <span className={styles.number}>line {error.line}</span>
                  <code>{shownLine(text, error.line)}</code>
                  <span className={styles.wrong}>{error.message}</span>
                </li>
              ))}
            </ul>
          </section>
        )}
        <Interface report={report} />
        <Peers report={report} />
        <HookList hooks={report.hooks} />
        {report.ignored.length > 0 && (
          <section className={styles.part}>
            <h3>Left out</h3>
            <ul className={styles.lines}>
              {report.ignored.map((line) => (
                <li key={`${line.line} ${line.text}`}>
                  <span className={styles.number}>line {line.line}</span>
                  <code>{line.text}</code>
                  <span className={styles.why}>{line.why}</span>
                </li>
              ))}
            </ul>
          </section>
        )}
        {report.errors.length === 0 && <PlanView plan={plan} />}
      </div>
    </Section>
  );
}

function Interface({ report }: { report: ImportReport }) {
  const found = report.interface;
  const facts = [
    ["Addresses", entriesText(found.addresses) || "none"],
    ["Listen port", found.listen_port ? String(found.listen_port) : "chosen by the node"],
    ["DNS", entriesText(found.dns) || "none"],
  ];
  return (
    <section className={styles.part}>
      <h3>Interface</h3>
      <ul className={styles.lines}>
        {facts.map(([name, value]) => (
          <li key={name}>
            <span className={styles.number}>{name}</span>
            {value}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Peers({ report }: { report: ImportReport }) {
  return (
    <section className={styles.part}>
      <h3>{counted(report.peers.length, "peer")}</h3>
      <ul className={styles.lines}>
        {report.peers.map((peer) => (
          <li key={peer.public_key}>
            {peer.name || peer.public_key}
            <span className={styles.why}>
              {entriesText([...(peer.addresses ?? []), ...(peer.routes ?? [])])}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
