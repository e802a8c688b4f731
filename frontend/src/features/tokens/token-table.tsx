import { useState } from "react";
import { RevokeDialog } from "@/features/tokens/revoke-dialog";
import type { ApiToken } from "@/features/tokens/token-documents";
import styles from "@/features/tokens/token-table.module.css";
import { actionWords, endsSoon, expiryWords, type Place, scopeWords } from "@/features/tokens/token-words";
import { formatMoment } from "@/lib/format";
import { Age } from "@/live/age";
import { useTicking } from "@/live/use-ticking";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";

type Props = {
  label: string;
  tokens: readonly ApiToken[];
  places: readonly Place[];
  /** Whose each is, where they are not all one's own. */
  withOwner?: boolean;
  mayRevoke: boolean;
};

/** Tokens with what each may do, where, until when, and when it was used. */
export function TokenTable({ label, tokens, places, withOwner = false, mayRevoke }: Props) {
  const [revoking, setRevoking] = useState<ApiToken | null>(null);
  return (
    <div className={styles.frame}>
      <table className={styles.table} aria-label={label}>
        <thead>
          <tr>
            <th scope="col">Name</th>
            {withOwner && <th scope="col">Of</th>}
            <th scope="col" className={styles.actions}>
              May
            </th>
            <th scope="col">Where</th>
            <th scope="col" className={styles.time}>
              Ends
            </th>
            <th scope="col" className={styles.time}>
              Last used
            </th>
            {mayRevoke && (
              <th scope="col" className={styles.end}>
                <span className="visually-hidden">Revoke</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <tr key={token.id}>
              <th scope="row">{token.name}</th>
              {withOwner && <td data-name="Of">{token.user_email}</td>}
              <td data-name="May">{actionWords(token.actions)}</td>
              <td data-name="Where">{scopeWords(token.scope, places)}</td>
              <td data-name="Ends">
                <Expiry at={Date.parse(token.expires_at) / 1000} />
              </td>
              <td data-name="Last used">
                <Used token={token} />
              </td>
              {mayRevoke && (
                <td className={styles.end}>
                  <Button
                    className={styles.revoke}
                    aria-label={`Revoke ${token.name}`}
                    onClick={() => setRevoking(token)}
                  >
                    Revoke
                  </Button>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {revoking && <RevokeDialog token={revoking} onClose={() => setRevoking(null)} />}
    </div>
  );
}

function Expiry({ at }: { at: number }) {
  const words = useTicking((now) => expiryWords(at, now));
  const soon = useTicking((now) => (endsSoon(at, now) ? "soon" : ""));
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={formatMoment(at)}>
      {words === "over" || soon ? (
        <Badge tone={words === "over" ? "trouble" : "plain"}>{words}</Badge>
      ) : (
        words
      )}
    </time>
  );
}

function Used({ token: { used_at, used_from } }: { token: ApiToken }) {
  if (used_at === null) return <span className={styles.muted}>never</span>;
  return (
    <>
      <Age at={Date.parse(used_at) / 1000} suffix=" ago" />
      {used_from && <span className={styles.from}>from {used_from}</span>}
    </>
  );
}
