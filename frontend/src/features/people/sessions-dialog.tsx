import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import styles from "@/features/people/people.module.css";
import {
  endSessionsOf,
  type OpenSession,
  type Person,
  refreshPeople,
  sessionsOfQuery,
} from "@/features/people/person-documents";
import { Age } from "@/live/age";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Notice } from "@/ui/notice";
import { Skeleton } from "@/ui/skeleton";

type Props = { person: Person; mayEnd: boolean; onClose: () => void };

/** Where somebody is signed in, with the way out of each. */
export function SessionsDialog({ person, mayEnd, onClose }: Props) {
  const client = useQueryClient();
  const { data, error, isPending } = useQuery(sessionsOfQuery(person.id));
  const end = useMutation({
    mutationFn: (session: string | null) => endSessionsOf(person.id, session),
    // What is gone already is what was wanted: the list is read again either way.
    onSettled: () =>
      Promise.all([client.invalidateQueries(sessionsOfQuery(person.id)), refreshPeople(client)]),
  });
  const failed = error ?? end.error;
  return (
    <Dialog title={`Where ${person.name} is signed in`} onClose={onClose}>
      {failed && <Notice title={failed.message} />}
      {isPending && <Skeleton lines={3} />}
      {data?.length === 0 && <p className={styles.note}>Nowhere.</p>}
      {data && data.length > 0 && (
        <ul className={styles.sessions} aria-label="Sessions">
          {data.map((session) => (
            <Line
              key={session.id}
              session={session}
              busy={end.isPending && end.variables === session.id}
              onEnd={mayEnd ? () => end.mutate(session.id) : null}
            />
          ))}
        </ul>
      )}
      {mayEnd && data && data.length > 1 && (
        <div>
          <Button busy={end.isPending && end.variables === null} onClick={() => end.mutate(null)}>
            Sign them out everywhere
          </Button>
        </div>
      )}
    </Dialog>
  );
}

type LineProps = { session: OpenSession; busy: boolean; onEnd: (() => void) | null };

function Line({ session: { browser, address, seen_at }, busy, onEnd }: LineProps) {
  const name = browser === "unknown" ? "A browser that does not say what it is" : browser;
  return (
    <li className={styles.session}>
      <div className={styles.what}>
        <p className={styles.strong}>{name}</p>
        <p className={styles.note}>
          {address !== "" && `from ${address}, `}last seen{" "}
          <Age at={Date.parse(seen_at) / 1000} suffix=" ago" />
        </p>
      </div>
      {onEnd && (
        <Button busy={busy} onClick={onEnd} aria-label={`Sign out there: ${name} from ${address}`}>
          Sign out there
        </Button>
      )}
    </li>
  );
}
