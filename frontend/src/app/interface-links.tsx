import { Link } from "@tanstack/react-router";
import styles from "@/app/interface-links.module.css";
import { interfacePresence } from "@/features/interfaces/interface-presence";
import { useInterfaces } from "@/live/use-status";
import { PresenceGlyph } from "@/ui/presence";

/** Each watched interface, one step away from every page. */
export function InterfaceLinks() {
  const interfaces = useInterfaces();
  const nodes = new Set(interfaces.map((iface) => iface.node));
  return (
    <ul className={styles.list}>
      {interfaces.map((iface) => (
        <li key={iface.path}>
          <Link
            to="/interfaces/$node/$name"
            params={{ node: iface.node, name: iface.name }}
            className={styles.link}
            activeOptions={{ includeSearch: false }}
          >
            <PresenceGlyph {...interfacePresence(iface)} />
            <span className={styles.name}>{iface.name}</span>
            {nodes.size > 1 && <span className={styles.node}>{iface.node}</span>}
          </Link>
        </li>
      ))}
    </ul>
  );
}
