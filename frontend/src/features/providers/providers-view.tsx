import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { ProviderDialog } from "@/features/providers/provider-dialog";
import { type Provider, providersQuery } from "@/features/providers/provider-documents";
import { admits, grantWords, type Place } from "@/features/providers/provider-words";
import styles from "@/features/providers/providers-view.module.css";
import { RemoveProviderDialog } from "@/features/providers/remove-provider-dialog";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { Skeleton } from "@/ui/skeleton";

type Props = {
  places: readonly Place[];
  mayChange: boolean;
  /** What adds one, where there is none yet. */
  add: ReactNode;
};

/** The identity providers, each with who comes in by it and as what. */
export function ProvidersView({ places, mayChange, add }: Props) {
  const { data, error, isPending } = useQuery(providersQuery);
  const [changing, setChanging] = useState<Provider | null>(null);
  const [removing, setRemoving] = useState<Provider | null>(null);
  if (isPending) return <Skeleton lines={6} />;
  if (error) return <Notice title={error.message} />;
  if (data.length === 0)
    return (
      <div className={styles.empty}>
        <p>
          Everybody signs in with an account of Sentra's own. With an identity provider of OpenID Connect,
          such as Keycloak or Google, they use the one that they have there.
        </p>
        {add}
      </div>
    );
  return (
    <>
      <ul className={styles.list} aria-label="Identity providers">
        {data.map((provider) => (
          <li key={provider.id} className={styles.provider}>
            <div className={styles.head}>
              <h2>{provider.name}</h2>
              {!provider.enabled && <Badge>off</Badge>}
              {mayChange && (
                <span className={styles.actions}>
                  <Button aria-label={`Change ${provider.name}`} onClick={() => setChanging(provider)}>
                    Change
                  </Button>
                  <Button aria-label={`Remove ${provider.name}`} onClick={() => setRemoving(provider)}>
                    Remove
                  </Button>
                </span>
              )}
            </div>
            <Facts provider={provider} places={places} />
          </li>
        ))}
      </ul>
      {changing && <ProviderDialog provider={changing} places={places} onClose={() => setChanging(null)} />}
      {removing && <RemoveProviderDialog provider={removing} onClose={() => setRemoving(null)} />}
    </>
  );
}

function Facts({ provider, places }: { provider: Provider; places: readonly Place[] }) {
  const facts: readonly (readonly [string, ReactNode])[] = [
    ["Issuer", <code key="issuer">{provider.issuer}</code>],
    ["Redirect URI", <code key="uri">{provider.redirect_uri}</code>],
    ["Who comes in", admits(provider)],
    ["Roles", grantWords(provider, places)],
    ["Used by", provider.people === 1 ? "1 person" : `${provider.people} people`],
  ];
  return (
    <dl className={styles.facts}>
      {facts.map(([name, fact]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{fact}</dd>
        </div>
      ))}
    </dl>
  );
}
