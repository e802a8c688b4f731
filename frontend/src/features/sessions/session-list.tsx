import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import {
  endOtherSessions,
  endSession,
  type OpenSession,
  sessionsQuery,
} from "@/features/sessions/session-documents";
import styles from "@/features/sessions/session-list.module.css";
import { browserWords, signInWords } from "@/features/sessions/session-words";
import { Age } from "@/live/age";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { Skeleton } from "@/ui/skeleton";

/** Where one is signed in, with the way out of each, and of all others at once. */
export function SessionList() {
  const client = useQueryClient();
  const { data, error, isPending } = useQuery(sessionsQuery);
  const readAgain = () => client.invalidateQueries({ queryKey: sessionsQuery.queryKey });
  // What is gone already is what was wanted: the list is read again either way.
  const end = useMutation({ mutationFn: endSession, onSettled: readAgain });
  const endOthers = useMutation({ mutationFn: endOtherSessions, onSettled: readAgain });
  if (isPending) return <Skeleton lines={3} />;
  const failed = error ?? end.error ?? endOthers.error;
  const sessions = data ?? [];
  return (
    <div className={styles.sessions}>
      {failed && <Notice title={failed.message} />}
      <ul className={styles.list} aria-label="Sessions">
        {sessions.map((session) => (
          <Line
            key={session.id}
            session={session}
            busy={end.isPending && end.variables === session.id}
            onEnd={() => end.mutate(session.id)}
          />
        ))}
      </ul>
      {sessions.length > 1 && (
        <div>
          <Button busy={endOthers.isPending} onClick={() => endOthers.mutate()}>
            Sign out everywhere else
          </Button>
        </div>
      )}
    </div>
  );
}

type LineProps = { session: OpenSession; busy: boolean; onEnd: () => void };

function Line({ session, busy, onEnd }: LineProps) {
  const { address, seen_at, created_at, is_current, amr } = session;
  const name = browserWords(session);
  return (
    <li className={styles.line}>
      <div className={styles.what}>
        <p className={styles.name}>
          {name} {is_current && <Badge>this one</Badge>}
        </p>
        <p className={styles.where}>
          {address !== "" && (
            <>
              from <code>{address}</code>,{" "}
            </>
          )}
          {is_current ? (
            "in use"
          ) : (
            <>
              last seen <Age at={Date.parse(seen_at) / 1000} suffix=" ago" />
            </>
          )}
          , signed in <Age at={Date.parse(created_at) / 1000} suffix=" ago" /> {signInWords(amr)}
        </p>
      </div>
      {!is_current && (
        <Button busy={busy} onClick={onEnd} aria-label={`Sign out there: ${name} from ${address}`}>
          Sign out there
        </Button>
      )}
    </li>
  );
}
