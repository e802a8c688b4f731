import { Link } from "@tanstack/react-router";
import { useSignOut } from "@/app/use-sign-out";
import styles from "@/app/user-menu.module.css";
import type { Session } from "@/features/session/session";
import { Disclosure } from "@/ui/disclosure";

/** Who is signed in, and what is about them. */
export function UserMenu({ user, folded }: { user: Session["user"]; folded: boolean }) {
  const signOut = useSignOut();
  return (
    <Disclosure
      label={`User menu of ${user.name}`}
      side="above"
      buttonClass={styles.button}
      button={
        <>
          <span className={styles.initial}>{(user.name || user.email).slice(0, 1).toUpperCase()}</span>
          {!folded && (
            <span className={styles.who}>
              <span className={styles.line}>{user.name}</span>
              <span className={styles.role}>{user.role}</span>
            </span>
          )}
        </>
      }
    >
      <p className={styles.email}>{user.email}</p>
      <Link className={styles.item} to="/account">
        Account
      </Link>
      <a className={styles.item} href="/api/v1/docs" target="_blank" rel="noreferrer">
        API documentation
      </a>
      <button type="button" className={styles.item} onClick={signOut}>
        Sign out
      </button>
    </Disclosure>
  );
}
