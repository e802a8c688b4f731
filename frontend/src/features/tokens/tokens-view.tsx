import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { type ApiTokenList, tokensQuery } from "@/features/tokens/token-documents";
import { TokenTable } from "@/features/tokens/token-table";
import type { Place } from "@/features/tokens/token-words";
import styles from "@/features/tokens/tokens-view.module.css";
import { Notice } from "@/ui/notice";
import { Section } from "@/ui/section";
import { Skeleton } from "@/ui/skeleton";

type Props = {
  userId: string;
  places: readonly Place[];
  /** What makes a new token, for whoever has something to make one for. */
  newToken: ReactNode;
};

/** One's own tokens, and everybody else's for whoever looks after them. */
export function TokensView({ userId, places, newToken }: Props) {
  const { data, error, isPending } = useQuery(tokensQuery("own"));
  if (isPending) return <Skeleton lines={6} />;
  return (
    <>
      {error && <Notice title={error.message} />}
      {data && (
        <Section title="Your tokens">
          <OwnTokens list={data} places={places} newToken={newToken} />
        </Section>
      )}
      {data?.can.includes("token:read") && (
        <Section title="Tokens of others">
          <OthersTokens userId={userId} places={places} mayRevoke={data.can.includes("token:revoke")} />
        </Section>
      )}
    </>
  );
}

function OwnTokens({ list, places, newToken }: { list: ApiTokenList } & Pick<Props, "places" | "newToken">) {
  if (list.items.length > 0)
    return <TokenTable label="Your tokens" tokens={list.items} places={places} mayRevoke />;
  return (
    <div className={styles.empty}>
      <p>
        {list.grantable.length === 0
          ? "Your account may do nothing that a token could be for."
          : "A token lets a program use the API in your name: only for what you choose, and until a day."}
      </p>
      {newToken}
    </div>
  );
}

function OthersTokens({
  userId,
  places,
  mayRevoke,
}: Pick<Props, "userId" | "places"> & { mayRevoke: boolean }) {
  const { data, error, isPending } = useQuery(tokensQuery("all"));
  if (isPending) return <Skeleton lines={4} />;
  if (error) return <Notice title={error.message} />;
  const others = data.items.filter((token) => token.user_id !== userId);
  if (others.length === 0) return <p className={styles.none}>Nobody else has a token.</p>;
  return (
    <TokenTable label="Tokens of others" tokens={others} places={places} withOwner mayRevoke={mayRevoke} />
  );
}
