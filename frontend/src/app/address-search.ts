/** The part of an address after "?", as plain text on both sides, so that it can be read and typed. */
export function parseAddressSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

/** Colons and slashes stay as they are: `?q=is:active ip:10.0.0.0/8` is meant to be read. */
export function stringifyAddressSearch(search: Record<string, unknown>): string {
  const parts = Object.entries(search)
    .filter((entry): entry is [string, string] => typeof entry[1] === "string" && entry[1] !== "")
    .map(([name, value]) => `${encodeURIComponent(name)}=${readable(value)}`);
  return parts.length > 0 ? `?${parts.join("&")}` : "";
}

function readable(value: string): string {
  return encodeURIComponent(value).replace(/%3A/g, ":").replace(/%2F/g, "/").replace(/%3D/g, "=");
}
