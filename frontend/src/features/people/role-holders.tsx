import { useInfiniteQuery } from "@tanstack/react-query";
import { type Person, peopleQuery, type Role } from "@/features/people/person-documents";
import { type Place, placeName, ROLES, WHOLE } from "@/features/people/person-words";
import styles from "@/features/people/role-holders.module.css";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { Skeleton } from "@/ui/skeleton";

/** Who has which role, and of what. */
export function RoleHolders({ places }: { places: readonly Place[] }) {
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    peopleQuery(""),
  );
  if (isPending) return <Skeleton lines={5} />;
  if (error) return <Notice title={error.message} />;
  const people = data.pages.flatMap((page) => page.items);
  return (
    <>
      <dl className={styles.roles}>
        {ROLES.map(({ role }) => (
          <div key={role}>
            <dt>{role}</dt>
            <dd>
              <Holders role={role} people={people} places={places} />
            </dd>
          </div>
        ))}
      </dl>
      {hasNextPage && (
        <Actions>
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show more people
          </Button>
        </Actions>
      )}
    </>
  );
}

type HoldersProps = { role: Role; people: readonly Person[]; places: readonly Place[] };

function Holders({ role, people, places }: HoldersProps) {
  const holders = people.flatMap((person) => {
    const scopes = person.bindings.filter((each) => each.role === role).map(({ scope = WHOLE }) => scope);
    return scopes.length > 0 ? [{ person, scopes }] : [];
  });
  if (holders.length === 0) return <span className={styles.nobody}>Nobody</span>;
  return (
    <ul className={styles.holders}>
      {holders.map(({ person, scopes }) => (
        <li key={person.id}>
          {person.name} <span className={styles.where}>{whereWords(scopes, places)}</span>
          {!person.enabled && <span className={styles.where}>, disabled</span>}
        </li>
      ))}
    </ul>
  );
}

const whereWords = (scopes: readonly string[], places: readonly Place[]) =>
  scopes.map((scope) => (scope === WHOLE ? "everything" : placeName(scope, places))).join(", ");
