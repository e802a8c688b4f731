import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import {
  type Differences,
  type Drift,
  driftQuery,
  endDrift,
  ignoreDrift,
  type UnmanagedPeer,
} from "@/features/interfaces/drift-documents";
import styles from "@/features/interfaces/drift-notice.module.css";
import { driftWords } from "@/features/interfaces/drift-words";
import {
  type InterfaceDocument,
  type InterfaceResult,
  settle,
} from "@/features/interfaces/interface-documents";
import { counted } from "@/features/interfaces/interface-words";
import { Actions } from "@/ui/actions";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";

/** Shown before the rest is only counted. */
const MOST = 50;

type Way = "restore" | "adopt" | "ignore";
type Choice = Readonly<{ way: Way; differences: Differences }>;

/** What was changed by hand on the node, and what can be done about it. */
export function DriftNotice({ document }: { document: InterfaceDocument }) {
  const { data: drift } = useQuery({
    ...driftQuery(document.id),
    enabled: document.can.includes("interface:inspect"),
  });
  const client = useQueryClient();
  const request = useMutation({
    mutationFn: async ({ way, differences }: Choice): Promise<InterfaceResult | null> => {
      if (way !== "ignore") return endDrift(document.id, way, differences);
      await ignoreDrift(document.id, differences.items ?? []);
      return null;
    },
    onSuccess: (result) => settle(client, document.id, result),
  });
  if (!drift || drift.items.length + drift.unmanaged.length === 0) return null;
  const may = document.can.includes("interface:update");
  const choose = (way: Way, differences: Differences) => request.mutate({ way, differences });
  const busy = request.isPending;
  return (
    <>
      {drift.items.length > 0 && (
        <Notice title={`Changed by hand on ${document.node}: ${counted(drift.items.length, "difference")}`}>
          {request.error && <p role="alert">{request.error.message}</p>}
          <p>{WHAT_HAPPENS[drift.mode]}</p>
          <Lines
            items={drift.items}
            actions={
              may &&
              ((item) => (
                <>
                  {drift.mode !== "observe" && (
                    <LineButton
                      name="Restore"
                      busy={busy}
                      onClick={() => choose("restore", { items: [item.id] })}
                    />
                  )}
                  <LineButton
                    name="Adopt"
                    busy={busy}
                    onClick={() => choose("adopt", { items: [item.id] })}
                  />
                  <LineButton
                    name="Ignore"
                    busy={busy}
                    onClick={() => choose("ignore", { items: [item.id] })}
                  />
                </>
              ))
            }
          />
          {may && drift.items.length > 1 && (
            <All items={drift.items} mayRestore={drift.mode !== "observe"} busy={busy} onChoose={choose} />
          )}
        </Notice>
      )}
      {drift.unmanaged.length > 0 && (
        <Unmanaged
          peers={drift.unmanaged}
          busy={busy}
          onChoose={may ? choose : null}
          mayRemove={drift.mode !== "observe"}
        />
      )}
    </>
  );
}

const WHAT_HAPPENS = {
  warn: "It stays until you restore what was decided, or adopt what runs.",
  enforce: "It is undone within seconds.",
  observe: "Sentra only observes this interface and writes nothing.",
} as const;

type LinesProps = { items: readonly Drift[]; actions: false | ((item: Drift) => React.ReactNode) };

function Lines({ items, actions }: LinesProps) {
  return (
    <ul className={styles.lines}>
      {items.slice(0, MOST).map((item) => (
        <li key={item.id} className={styles.line}>
          <span>{driftWords(item)}</span>
          {actions && <span className={styles.actions}>{actions(item)}</span>}
        </li>
      ))}
      {items.length > MOST && <li>and {items.length - MOST} more</li>}
    </ul>
  );
}

type AllProps = {
  items: readonly Drift[];
  mayRestore: boolean;
  busy: boolean;
  onChoose: (way: Way, differences: Differences) => void;
};

function All({ items, mayRestore, busy, onChoose }: AllProps) {
  const all = { items: items.map((item) => item.id) };
  return (
    <Actions>
      {mayRestore && (
        <Button disabled={busy} onClick={() => onChoose("restore", all)}>
          Restore all
        </Button>
      )}
      <Button disabled={busy} onClick={() => onChoose("adopt", all)}>
        Adopt all
      </Button>
      <Button disabled={busy} onClick={() => onChoose("ignore", all)}>
        Ignore all
      </Button>
    </Actions>
  );
}

type UnmanagedProps = {
  peers: readonly UnmanagedPeer[];
  busy: boolean;
  mayRemove: boolean;
  onChoose: ((way: Way, differences: Differences) => void) | null;
};

function Unmanaged({ peers, busy, mayRemove, onChoose }: UnmanagedProps) {
  const all = { unmanaged: peers.map((peer) => peer.public_key) };
  return (
    <Notice tone="word" title={`${counted(peers.length, "peer")} that Sentra does not manage`}>
      <ul className={styles.lines}>
        {peers.slice(0, MOST).map((peer) => (
          <li key={peer.public_key} className={styles.line}>
            <span>
              <code>{peer.public_key}</code> <span>{peer.allowed_ips.join(", ")}</span>
            </span>
            {onChoose && (
              <span className={styles.actions}>
                <LineButton
                  name="Adopt"
                  busy={busy}
                  onClick={() => onChoose("adopt", { unmanaged: [peer.public_key] })}
                />
                {mayRemove && (
                  <LineButton
                    name="Remove"
                    busy={busy}
                    onClick={() => onChoose("restore", { unmanaged: [peer.public_key] })}
                  />
                )}
              </span>
            )}
          </li>
        ))}
        {peers.length > MOST && <li>and {peers.length - MOST} more</li>}
      </ul>
      {onChoose && peers.length > 1 && (
        <Actions>
          <Button disabled={busy} onClick={() => onChoose("adopt", all)}>
            Adopt all
          </Button>
        </Actions>
      )}
    </Notice>
  );
}

function LineButton({ name, busy, onClick }: { name: string; busy: boolean; onClick: () => void }) {
  return (
    <button type="button" className={styles.button} disabled={busy} onClick={onClick}>
      {name}
    </button>
  );
}
