/**
 * The layers of `src/`, top first; an import points down, and neighbours in one row do not know each other.
 * A folder that is missing here is a violation, so a new one must be given its place.
 */
export const LADDER = [["main"], ["app"], ["features"], ["live", "api"], ["ui"], ["lib"]];

/** May be imported by tests alone, and may import anything. */
const TESTING = "testing";

const FORBIDDEN = [
  [
    /\b(?:inner|outer)HTML\b|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write\b/,
    "put text in as text",
  ],
  [/\beval\(|new Function\(/, "the Content-Security-Policy refuses evaluated code"],
  [
    /\bsessionStorage\b|\bindexedDB\b/,
    "secrets are not kept in the browser; preferences go through lib/preference",
  ],
];

const layerOf = (zone) => LADDER.findIndex((row) => row.includes(zone));

/** `features/peers/peer-row.tsx` → `{zone: "features", feature: "peers"}`. */
function placeOf(path) {
  const parts = path.split("/");
  if (parts.length === 1) return { zone: path.replace(/\.\w+$/, ""), feature: null };
  return { zone: parts[0], feature: parts[0] === "features" ? parts[1] : null };
}

function resolve(from, specifier) {
  if (specifier.startsWith("@/")) return specifier.slice(2);
  if (!specifier.startsWith(".")) return null;
  const parts = from.split("/").slice(0, -1);
  for (const step of specifier.split("/")) {
    if (step === "..") parts.pop();
    else if (step !== ".") parts.push(step);
  }
  return parts.join("/");
}

function importProblem(path, target) {
  const isTest = /\.test\.tsx?$/.test(path);
  const from = placeOf(path);
  const to = placeOf(target);
  if (from.zone === TESTING) return null;
  if (to.zone === TESTING) return isTest ? null : "only a test imports from testing/";
  if (from.zone === "features" && to.zone === "features") {
    return from.feature === to.feature
      ? null
      : "a feature never imports a feature: app composes them, ui shares";
  }
  if (from.zone === to.zone) return null;
  const [upper, lower] = [layerOf(from.zone), layerOf(to.zone)];
  if (upper === lower) return `${from.zone} and ${to.zone} are neighbours: share a type in a layer below`;
  return upper < lower ? null : `${from.zone} is below ${to.zone}: imports point down`;
}

/** Every violation in `files`, a map of paths below `src/` to their text. */
export function violations(files) {
  const found = [];
  for (const [path, text] of files) {
    const { zone } = placeOf(path);
    if (zone !== TESTING && layerOf(zone) < 0 && !path.endsWith(".d.ts")) {
      found.push(`${path}: give ${zone}/ a place in checks/zones.mjs`);
      continue;
    }
    for (const [, specifier] of text.matchAll(/(?:from|import)\s*\(?\s*["']([^"']+)["']/g)) {
      const target = resolve(path, specifier);
      const problem = target === null ? null : importProblem(path, target);
      if (problem) found.push(`${path}: imports ${specifier}: ${problem}`);
    }
    if (/\.test\.tsx?$/.test(path)) continue;
    for (const [pattern, reason] of FORBIDDEN) {
      const match = pattern.exec(text);
      if (match) found.push(`${path}: ${match[0]}: ${reason}`);
    }
  }
  return found;
}
