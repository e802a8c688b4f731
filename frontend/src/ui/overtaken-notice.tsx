import type { Overtaken } from "@/lib/overtaken";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";
import styles from "@/ui/overtaken-notice.module.css";

type Props = {
  /** What was changed: "laptop". */
  subject: string;
  /** By whom; null where nobody can tell. */
  who: string | null;
  fields: readonly Overtaken[];
  /** How a field is called on this form. */
  nameOf: (field: string) => string;
  /** Forget what was typed here. */
  onTakeTheirs: () => void;
};

/** Somebody else was faster: what they changed, beside what was typed here, which is still there. */
export function OvertakenNotice({ subject, who, fields, nameOf, onTakeTheirs }: Props) {
  const both = fields.some(({ mine }) => mine !== null);
  return (
    <Notice title={`${who ?? "Somebody"} changed ${subject} meanwhile, so this was not saved`}>
      {fields.length === 0 && <p>What they changed is not on this form.</p>}
      <dl className={styles.fields}>
        {fields.map(({ field, theirs, mine }) => (
          <div key={field}>
            <dt>{nameOf(field)}</dt>
            <dd>
              <span className={styles.who}>{mine === null ? "now" : "theirs"}</span>
              <span>{theirs || "none"}</span>
              {mine !== null && (
                <>
                  <span className={styles.who}>yours</span>
                  <span>{mine || "none"}</span>
                </>
              )}
            </dd>
          </div>
        ))}
      </dl>
      <p>
        What you typed is still here, the rest is the newest.{" "}
        {both ? "Save again, and yours replaces theirs." : "Save again to add yours."}
      </p>
      <Actions>
        <Button onClick={onTakeTheirs}>Drop what I typed</Button>
      </Actions>
    </Notice>
  );
}
