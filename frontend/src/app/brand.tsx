import styles from "@/app/brand.module.css";

/** The mark and, where there is room, the name. */
export function Brand({ name = true }: { name?: boolean }) {
  return (
    <span className={styles.brand}>
      <svg width="22" height="18" viewBox="0 0 22 18" fill="none" aria-hidden="true">
        <path
          d="M1 9.5h4l3-7 4.5 13 2.8-9 1.5 3H21"
          stroke="currentColor"
          strokeWidth="1.6"
          strokeLinejoin="round"
          strokeLinecap="round"
        />
      </svg>
      {name && <span>sentra</span>}
    </span>
  );
}
