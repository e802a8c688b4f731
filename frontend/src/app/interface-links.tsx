import { Link } from "@tanstack/react-router";
import styles from "@/app/interface-links.module.css";
import { documentOf } from "@/features/interfaces/interface-documents";
import { interfacePresence } from "@/features/interfaces/interface-presence";
import { allInterfaces } from "@/features/interfaces/interface-words";
import { useDocuments } from "@/features/interfaces/use-documents";
import { useInterfaces } from "@/live/use-status";
import { PresenceGlyph } from "@/ui/presence";

/** Each interface, one step away from every page. */
export function InterfaceLinks() {
  const { documents } = useDocuments();
  const interfaces = allInterfaces(useInterfaces(), documents);
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
            <PresenceGlyph {...interfacePresence(iface, documentOf(documents, iface.node, iface.name))} />
            <span className={styles.name}>{iface.name}</span>
            {nodes.size > 1 && <span className={styles.node}>{iface.node}</span>}
          </Link>
        </li>
      ))}
    </ul>
  );
}
