/**
 * The secret of a link (to set Sentra up, to join, to set a new password), which comes in the fragment so that no server ever sees it.
 *
 * Taken out of the address when this module is first loaded, which main.tsx does before anything else;
 * from then on it is in this module's memory alone.
 */
let token: string | null = takeFragment();

export const linkToken = (): string | null => token;

/** Forget it, once it has been used or refused for good. */
export function forgetLinkToken(): void {
  token = null;
}

function takeFragment(): string | null {
  if (!/^\/(setup|join|reset)\/?$/.test(location.pathname) || location.hash.length < 2) return null;
  const fragment = location.hash.slice(1);
  history.replaceState(history.state, "", location.pathname + location.search);
  return fragment;
}
