import styles from "@/features/peers/no-peers.module.css";
import { Button } from "@/ui/button";
import { Command } from "@/ui/command";
import { MessagePage } from "@/ui/message-page";

type Props = {
  name: string;
  /** Sentra manages it: peers are added here, by whoever may. */
  managed: boolean;
  onAdd: (() => void) | null;
};

/** An interface that has no peer yet. */
export function NoPeers({ name, managed, onAdd }: Props) {
  if (onAdd)
    return (
      <MessagePage title="No peers yet" level={2}>
        <p>A name is enough: keys and addresses are chosen, and you get a QR code and a file.</p>
        <Button look="main" onClick={onAdd}>
          Add the first peer
        </Button>
      </MessagePage>
    );
  if (managed)
    return (
      <MessagePage title="No peers yet" level={2}>
        <p>Your role adds none here. As soon as somebody adds one, it is shown.</p>
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
