import { useInfiniteQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import styles from "@/features/people/people.module.css";
import { PeopleTable } from "@/features/people/people-table";
import { peopleQuery } from "@/features/people/person-documents";
import type { Place } from "@/features/people/person-words";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Icon } from "@/ui/icon";
import { Notice } from "@/ui/notice";
import { Skeleton } from "@/ui/skeleton";

/** Fewer are seen at a glance. */
const MANY = 8;

/** Everybody who may sign in, and what can be done with each. */
export function PeopleView({ userId, places }: { userId: string; places: readonly Place[] }) {
  const [text, setText] = useState("");
  const asked = useDeferredValue(text.trim());
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    peopleQuery(asked),
  );
  const people = data?.pages.flatMap((page) => page.items) ?? [];
  const grantable = data?.pages[0]?.grantable ?? [];
  const isAbove = people.some(({ id, can }) => id !== userId && can.length === 0) && grantable.length > 0;
  const isSearched = text !== "" || people.length > MANY;
  return (
    <div className={styles.view}>
      {isSearched && <Search text={text} onText={setText} />}
      {error && <Notice title={error.message} />}
      {isPending && <Skeleton lines={6} />}
      {people.length > 0 && (
        <PeopleTable people={people} userId={userId} grantable={grantable} places={places} />
      )}
      {data && people.length === 0 && <p className={styles.note}>Nobody is like that.</p>}
      {hasNextPage && (
        <Actions>
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show more people
          </Button>
        </Actions>
      )}
      {isAbove && (
        <p className={styles.note}>Somebody of your own rank or above is changed by an owner alone.</p>
      )}
      {data && people.length === 1 && text === "" && (
        <p className={styles.note}>
          Nobody else is here yet. Invite people by a link: each chooses a password of their own, and may what
          you decide.
        </p>
      )}
    </div>
  );
}

function Search({ text, onText }: { text: string; onText: (text: string) => void }) {
  return (
    <search>
      <label className={styles.box}>
        <Icon name="search" />
        <span className="visually-hidden">Search people</span>
        <input
          type="search"
          value={text}
          maxLength={100}
          onChange={(event) => onText(event.currentTarget.value)}
          placeholder="Name or address"
          autoComplete="off"
          spellCheck={false}
        />
      </label>
    </search>
  );
}
