import styles from "@/features/people/people.module.css";
import type { HandedLink } from "@/features/people/person-documents";
import { formatMoment } from "@/lib/format";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { Notice } from "@/ui/notice";

type Props = { link: HandedLink; email: string; onDone: () => void };

/** A link that is good once, to be handed over by whoever made it: Sentra sends nothing. */
export function HandedLinkView({ link, email, onDone }: Props) {
  const until = Date.parse(link.expires_at) / 1000;
  return (
    <>
      <Notice tone="word" title={`Hand this link to ${email}. It is shown now and never again.`} />
      <figure className={styles.link}>
        <code>{link.link}</code>
        <CopyButton value={link.link} label="Copy link" />
      </figure>
      <p className={styles.note}>
        It is good once, until <time dateTime={link.expires_at}>{formatMoment(until)}</time>. Whoever has it
        can use it, so send it where only they read.
      </p>
      <div>
        <Button look="main" onClick={onDone}>
          Done
        </Button>
      </div>
    </>
  );
}
