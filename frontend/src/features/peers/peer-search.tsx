import { useEffect, useRef } from "react";
import { presenceIn, withPresence } from "@/features/peers/peer-filter";
import styles from "@/features/peers/peer-search.module.css";
import { formatCount } from "@/lib/format";
import type { PeerPresence } from "@/live/presence";
import type { InterfaceStatus, PeerStatus } from "@/live/status-types";
import { Icon } from "@/ui/icon";

type Props = {
  text: string;
  onText: (text: string) => void;
  iface: InterfaceStatus;
  /** Peers that are decided and not on the interface. */
  absent: readonly PeerStatus[];
  shown: number;
  problems: readonly string[];
};

/** One box for everything one may look for, and the presences as switches that write into it. */
export function PeerSearch({ text, onText, iface, absent, shown, problems }: Props) {
  const input = useRef<HTMLInputElement>(null);
  useFocusOnSlash(input);
  const counts = countsOf(iface, absent);
  const chosen = presenceIn(text);
  return (
    <search className={styles.search}>
      <label className={styles.box}>
        <Icon name="search" />
        <span className="visually-hidden">Search peers</span>
        <input
          ref={input}
          type="search"
          value={text}
          onChange={(event) => onText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            event.preventDefault();
            if (text === "") input.current?.blur();
            else onText("");
          }}
          placeholder="Search, or is:active ip:10.0.0.5 endpoint: key:"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          aria-describedby="peer-search-problems"
        />
        <span className={styles.key} aria-hidden="true">
          <kbd>/</kbd>
        </span>
      </label>
      <fieldset className={styles.presences} aria-label="Presence">
        {counts.map(([presence, name, count]) => (
          <button
            key={name}
            type="button"
            aria-pressed={chosen === presence}
            onClick={() => onText(withPresence(text, chosen === presence ? null : presence))}
          >
            {name} <span className={styles.count}>{formatCount(count)}</span>
          </button>
        ))}
      </fieldset>
      {withPresence(text, null) !== "" && problems.length === 0 && (
        <p className={styles.shown}>
          {formatCount(shown)} of {formatCount(iface.peers_total + absent.length)}
        </p>
      )}
      <p id="peer-search-problems" className={styles.problems} role="alert">
        {problems.join(" ")}
      </p>
    </search>
  );
}

function countsOf(
  iface: InterfaceStatus,
  absent: readonly PeerStatus[],
): [PeerPresence | null, string, number][] {
  const idle = iface.peers_total - iface.peers_active - iface.peers_never;
  return [
    [null, "All", iface.peers_total + absent.length],
    ["active", "Active", iface.peers_active],
    ["idle", "Idle", idle],
    ["never", "Never", iface.peers_never + absent.filter((peer) => peer.presence === "never").length],
  ];
}

function useFocusOnSlash(input: React.RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const inField = event.target instanceof Element && event.target.closest("input, textarea, select");
      if (event.key !== "/" || inField || event.metaKey || event.ctrlKey || event.altKey) return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [input]);
}
