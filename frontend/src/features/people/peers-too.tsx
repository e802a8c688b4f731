import type { Person } from "@/features/people/person-documents";
import { Choice } from "@/ui/choice";

export type PeersToo = "keep" | "disable";

type Props = { person: Person; value: PeersToo; keep: string; onChange: (value: PeersToo) => void };

/** What becomes of somebody's peers when they go; nothing is asked about who has none. */
export function PeersTooChoice({ person: { peer_count }, value, keep, onChange }: Props) {
  if (peer_count === 0) return null;
  const [which, tunnels] = peer_count === 1 ? ["peer", "Its tunnel ends"] : ["peers", "Their tunnels end"];
  return (
    <Choice
      label={`Their ${peer_count === 1 ? "" : `${peer_count} `}${which}`}
      value={value}
      onChange={onChange}
      options={[
        { value: "disable", label: "Disable too", note: `${tunnels} at once. Enabling again is possible.` },
        { value: "keep", label: "Keep as they are", note: keep },
      ]}
    />
  );
}
