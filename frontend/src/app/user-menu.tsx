import { Menu } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useSignOut } from "@/app/use-sign-out";
import styles from "@/app/user-menu.module.css";
import type { Session } from "@/features/session/session";
import { Icon } from "@/ui/icon";

/** Who is signed in, and what is about them. */
export function UserMenu({ user, folded }: { user: Session["user"]; folded: boolean }) {
  const signOut = useSignOut();
  return (
    <Menu position="top-start" width={212} transitionProps={{ duration: 100 }}>
      <Menu.Target>
        <button type="button" className={styles.button} aria-label={`User menu of ${user.name}`}>
          <span className={styles.initial} aria-hidden="true">
            {(user.name || user.email).slice(0, 1).toUpperCase()}
          </span>
          {!folded && (
            <span className={styles.who}>
              <span className={styles.line}>{user.name}</span>
              <span className={styles.role}>{user.role}</span>
            </span>
          )}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{user.email}</Menu.Label>
        <Menu.Item component={Link} to="/account">
          Account
        </Menu.Item>
        <Menu.Item component="a" href="/api/v1/docs" target="_blank" rel="noreferrer">
          API documentation
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="leave" />} onClick={signOut}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
