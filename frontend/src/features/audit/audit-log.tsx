import { useInfiniteQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import {
  type AuditEntry,
  type AuditFilter,
  auditQuery,
  EVERYTHING,
  exportAddress,
} from "@/features/audit/audit-documents";
import styles from "@/features/audit/audit-log.module.css";
import { actorWords, changesOf, entryWords, KINDS, OUTCOMES } from "@/features/audit/audit-words";
import { formatMoment } from "@/lib/format";
import { Actions } from "@/ui/actions";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Fold } from "@/ui/fold";
import { Icon } from "@/ui/icon";
import { Notice } from "@/ui/notice";
import { Skeleton } from "@/ui/skeleton";

/** Who did what to what, when and from where; what cannot be found by its filters is in the file. */
export function AuditLog() {
  const [filter, setFilter] = useState(EVERYTHING);
  const asked = useDeferredValue(filter);
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    auditQuery(asked),
  );
  const entries = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div>
      <Filters filter={filter} onFilter={setFilter} />
      {error && <Notice title={error.message} />}
      {isPending && <Skeleton lines={8} />}
      <ol className={styles.list} aria-label="Entries, newest first">
        {entries.map((entry) => (
          <Line key={entry.id} entry={entry} />
        ))}
      </ol>
      {!isPending && !error && entries.length === 0 && <p className={styles.none}>No entry is like that.</p>}
      {hasNextPage && (
        <Actions>
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show older entries
          </Button>
        </Actions>
      )}
    </div>
  );
}

function Filters({ filter, onFilter }: { filter: AuditFilter; onFilter: (filter: AuditFilter) => void }) {
  return (
    <search className={styles.filters}>
      <label className={styles.box}>
        <Icon name="search" />
        <span className="visually-hidden">Search the audit</span>
        <input
          type="search"
          value={filter.q}
          maxLength={100}
          onChange={(event) => onFilter({ ...filter, q: event.currentTarget.value })}
          placeholder="Name, summary or address"
          autoComplete="off"
          spellCheck={false}
        />
      </label>
      <select
        aria-label="About"
        value={filter.action}
        onChange={(event) => onFilter({ ...filter, action: event.currentTarget.value })}
      >
        {KINDS.map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
      <select
        aria-label="Outcome"
        value={filter.outcome}
        onChange={(event) => {
          const chosen = OUTCOMES.find(([value]) => value === event.currentTarget.value);
          onFilter({ ...filter, outcome: chosen?.[0] ?? "" });
        }}
      >
        {OUTCOMES.map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
      <a className={styles.export} href={exportAddress(filter)} download>
        Save as JSON lines
      </a>
    </search>
  );
}

function Line({ entry }: { entry: AuditEntry }) {
  const changes = changesOf(entry);
  return (
    <li className={styles.line}>
      <p>
        {entryWords(entry)}
        {entry.outcome !== "done" && (
          <>
            {" "}
            <Badge tone="trouble">{entry.outcome}</Badge>
          </>
        )}
      </p>
      <p className={styles.who}>
        <time dateTime={entry.at}>{formatMoment(Date.parse(entry.at) / 1000)}</time> · {actorWords(entry)}
        {entry.address !== "" && ` · from ${entry.address}`} · {entry.action} · no. {entry.id}
      </p>
      {changes.length > 0 && (
        <Fold summary={changes.length === 1 ? "1 field" : `${changes.length} fields`}>
          <dl className={styles.changes}>
            {changes.map(({ field, before, after }) => (
              <div key={field}>
                <dt>{field}</dt>
                <dd>
                  <del>{before ?? "none"}</del> → <ins>{after ?? "none"}</ins>
                </dd>
              </div>
            ))}
          </dl>
        </Fold>
      )}
    </li>
  );
}
