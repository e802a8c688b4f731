import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Brand } from "@/app/brand";
import { InterfaceLinks } from "@/app/interface-links";
import styles from "@/app/shell.module.css";
import { useMay } from "@/app/use-may";
import { UserMenu } from "@/app/user-menu";
import type { Session } from "@/features/session/session";
import { classNames } from "@/lib/class-names";
import { readPreference, writePreference } from "@/lib/preference";
import { Icon, type IconName } from "@/ui/icon";
import { IconButton } from "@/ui/icon-button";

/** Navigation on the left, which folds; at the bottom on a phone. */
export function Shell({ user, children }: { user: Session["user"]; children: ReactNode }) {
  const mayReadAudit = useMay("audit:read");
  const maySeePeople = useMay("user:read");
  const maySettle = useMay("policy:read");
  const [folded, setFolded] = useState(() => readPreference("navigation") === "folded");
  const fold = () => {
    writePreference("navigation", folded ? "open" : "folded");
    setFolded(!folded);
  };
  return (
    <div className={styles.shell} data-folded={folded || undefined}>
      <a className={styles.skip} href="#content">
        Skip to content
      </a>
      <nav aria-label="Main" className={styles.side}>
        <div className={styles.top}>
          <Brand name={!folded} />
          <span className={styles.fold}>
            <IconButton
              icon={folded ? "unfold" : "fold"}
              label={folded ? "Unfold navigation" : "Fold navigation"}
              onClick={fold}
            />
          </span>
        </div>
        <div className={styles.navigation}>
          <Entry to="/" icon="dashboard" name="Dashboard" exact />
          <Entry to="/interfaces" icon="interfaces" name="Interfaces" />
          {!folded && <InterfaceLinks />}
          {maySeePeople && <Entry to="/people" icon="people" name="People" />}
          {mayReadAudit && <Entry to="/audit" icon="audit" name="Audit" />}
          <Entry to="/tokens" icon="key" name="API tokens" seldom />
          {maySettle && <Entry to="/settings" icon="settings" name="Settings" seldom />}
          <Entry to="/account" icon="account" name="Account" />
        </div>
        <div className={styles.user}>
          <UserMenu user={user} folded={folded} />
        </div>
      </nav>
      <main id="content" className={styles.main} tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

type EntryProps = {
  to: "/" | "/interfaces" | "/people" | "/audit" | "/tokens" | "/settings" | "/account";
  icon: IconName;
  name: string;
  exact?: boolean;
  /** A phone has no room for it: there the account page leads to it. */
  seldom?: boolean;
};

function Entry({ to, icon, name, exact = false, seldom = false }: EntryProps) {
  return (
    <Link
      to={to}
      className={classNames(styles.entry, seldom && styles.seldom)}
      activeOptions={{ exact }}
      title={name}
    >
      <Icon name={icon} />
      <span className={styles.name}>{name}</span>
    </Link>
  );
}
