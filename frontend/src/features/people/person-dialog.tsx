import { EditDialog } from "@/features/people/edit-dialog";
import { FactorsDialog } from "@/features/people/factors-dialog";
import { DisableDialog, EnableDialog, RemoveDialog } from "@/features/people/going-dialogs";
import { LinkDialog } from "@/features/people/link-dialog";
import type { Person, Role } from "@/features/people/person-documents";
import type { Asking } from "@/features/people/person-menu";
import type { Place } from "@/features/people/person-words";
import { RolesDialog } from "@/features/people/roles-dialog";
import { SessionsDialog } from "@/features/people/sessions-dialog";

type Props = {
  asking: Asking;
  person: Person;
  grantable: readonly Role[];
  places: readonly Place[];
  onClose: () => void;
};

/** The dialog of what is about to be done to somebody. */
export function PersonDialog({ asking, person, grantable, places, onClose }: Props) {
  switch (asking) {
    case "roles":
      return <RolesDialog person={person} grantable={grantable} places={places} onClose={onClose} />;
    case "edit":
      return <EditDialog person={person} onClose={onClose} />;
    case "sessions":
      return <SessionsDialog person={person} mayEnd onClose={onClose} />;
    case "link":
      return <LinkDialog person={person} onClose={onClose} />;
    case "factors":
      return <FactorsDialog person={person} onClose={onClose} />;
    case "disable":
      return <DisableDialog person={person} onClose={onClose} />;
    case "enable":
      return <EnableDialog person={person} onClose={onClose} />;
    case "remove":
      return <RemoveDialog person={person} onClose={onClose} />;
  }
}
