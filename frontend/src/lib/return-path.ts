/** Where to go after signing in: a path of this site, or the front page for anything else. */
export function returnPath(wanted: unknown): string {
  if (typeof wanted !== "string" || !wanted.startsWith("/")) return "/";
  // Browsers read "//host" and "/\host" as another site, and drop control characters before they look.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (/^\/[/\\]/.test(wanted) || /[\u0000-\u001f\\]/.test(wanted)) return "/";
  return /^\/(?:sign-in|setup)(?:[/?#]|$)/.test(wanted) ? "/" : wanted;
}
