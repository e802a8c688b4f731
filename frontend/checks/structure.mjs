// Holds `src/` against the layers of zones.mjs; part of `npm run lint`.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { violations } from "./zones.mjs";

const root = fileURLToPath(new URL("../src", import.meta.url));
const files = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  .map((path) => [relative(root, path).split(sep).join("/"), readFileSync(path, "utf8")]);

const found = violations(files);
for (const line of found) console.error(`src/${line}`);
if (found.length > 0) process.exit(1);
console.log(`Checked the layers of ${files.length} files. No violations.`);
