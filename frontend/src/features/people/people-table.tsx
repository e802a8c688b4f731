import { useState } from "react";
import styles from "@/features/people/people-table.module.css";
import { PersonDialog } from "@/features/people/person-dialog";
import type { Person, Role } from "@/features/people/person-documents";
import { type Asking, PersonMenu } from "@/features/people/person-menu";
import { bindingWords, type Place, peerWords, stateWords } from "@/features/people/person-words";
import { Age } from "@/live/age";
import { useTicking } from "@/live/use-ticking";
import { Badge } from "@/ui/badge";

type Props = {
  people: readonly Person[];
  /** Who is signed in here: they look after themselves on their account page. */
  userId: string;
  grantable: readonly Role[];
  places: readonly Place[];
};

/** People with what they may, how they are, and when they were last there. */
export function PeopleTable({ people, userId, grantable, places }: Props) {
  const [asked, setAsked] = useState<{ asking: Asking; person: Person } | null>(null);
  return (
    <div className={styles.frame}>
      <table className={styles.table} aria-label="People">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">May</th>
            <th scope="col">Second factor</th>
            <th scope="col">Peers</th>
            <th scope="col">Last seen</th>
            <th scope="col" className={styles.more}>
              <span className="visually-hidden">More</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {people.map((person) => (
            <tr key={person.id} data-enabled={person.enabled}>
              <th scope="row">
                {person.name} {person.id === userId && <Badge>you</Badge>} <State person={person} />
                <span className={styles.email}>{person.email}</span>
              </th>
              <td data-name="May">
                <Roles person={person} places={places} />
              </td>
              <td data-name="Second factor">
                {person.has_second_factor ? "yes" : <span className={styles.muted}>no</span>}
              </td>
              <td data-name="Peers">{peerWords(person)}</td>
              <td data-name="Last seen">
                <Seen person={person} />
              </td>
              <td className={styles.more}>
                {person.id !== userId && (
                  <PersonMenu person={person} onAsk={(asking) => setAsked({ asking, person })} />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {asked && (
        <PersonDialog {...asked} grantable={grantable} places={places} onClose={() => setAsked(null)} />
      )}
    </div>
  );
}

function State({ person }: { person: Person }) {
  const words = useTicking((now) => stateWords(person, now) ?? "");
  return words === "" ? null : (
    <Badge tone={words === "invitation over" ? "trouble" : "plain"}>{words}</Badge>
  );
}

function Roles({ person: { bindings }, places }: { person: Person; places: readonly Place[] }) {
  if (bindings.length === 0) return <span className={styles.muted}>nothing</span>;
  return (
    <ul className={styles.roles}>
      {bindings.map((each) => (
        <li key={each.scope}>{bindingWords(each, places)}</li>
      ))}
    </ul>
  );
}

function Seen({ person: { seen_at, joined_at } }: { person: Person }) {
  if (seen_at !== null) return <Age at={Date.parse(seen_at) / 1000} suffix=" ago" />;
  return <span className={styles.muted}>{joined_at === null ? "never" : "signed in nowhere"}</span>;
}
