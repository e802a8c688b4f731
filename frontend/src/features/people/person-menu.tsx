import type { Person } from "@/features/people/person-documents";
import { Menu, MenuButton } from "@/ui/menu";

export type Asking = "edit" | "roles" | "link" | "sessions" | "factors" | "enable" | "disable" | "remove";

/** What can be done with somebody: nothing that one may not do. */
export function PersonMenu({ person, onAsk }: { person: Person; onAsk: (asking: Asking) => void }) {
  const entries = askingsOf(person);
  if (entries.length === 0) return null;
  return (
    <Menu label={`More about ${person.name}`}>
      {entries.map(([asking, label]) => (
        <MenuButton key={asking} onClick={() => onAsk(asking)}>
          {label}
        </MenuButton>
      ))}
    </Menu>
  );
}

/** What may be done to somebody, by what the server says, in the order of how often. */
export function askingsOf(person: Person): readonly (readonly [Asking, string])[] {
  const { can, enabled, joined_at, has_second_factor } = person;
  const joined = joined_at !== null;
  const may = (action: string) => can.includes(action);
  const all: readonly (readonly [Asking, string, boolean])[] = [
    ["roles", "Roles", may("role:update")],
    ["edit", "Name and peer limit", may("user:update")],
    ["sessions", "Where they are signed in", joined && may("user:update")],
    ["link", "Invite again", !joined && enabled && may("user:invite")],
    ["link", "Link for a new password", joined && enabled && may("user:reset")],
    ["factors", "Reset second factors", has_second_factor && may("factor:reset")],
    ["disable", "Disable", enabled && may("user:update")],
    ["enable", "Enable", !enabled && may("user:update")],
    ["remove", "Remove", may("user:delete")],
  ];
  return all.filter(([, , offered]) => offered).map(([asking, label]) => [asking, label]);
}
