import styles from "@/features/peers/no-peers.module.css";
import { Button } from "@/ui/button";
import { Command } from "@/ui/command";
import { MessagePage } from "@/ui/message-page";

/** An interface that has no peer yet. */
export function NoPeers({ name, onAdd }: { name: string; onAdd: (() => void) | null }) {
  if (onAdd)
    return (
      <MessagePage title="No peers yet" level={2}>
        <p>A name is enough: keys and addresses are chosen, and you get a QR code and a file.</p>
        <Button look="main" onClick={onAdd}>
          Add the first peer
        </Button>
      </MessagePage>
    );
  return (
    <MessagePage title="No peers yet" level={2}>
      <p>Add the first one on the machine, and it appears here within two seconds:</p>
      <Command text={`wg set ${name} peer PUBLIC_KEY allowed-ips 10.0.0.2/32`} />
    </MessagePage>
  );
}

/** A search that finds none of them. */
export function NoMatch({ onClear }: { onClear: () => void }) {
  return (
    <MessagePage title="No peer matches" level={2}>
      <p>All words of a search must hold for a peer.</p>
      <button type="button" className={styles.clear} onClick={onClear}>
        Clear search
      </button>
    </MessagePage>
  );
}
