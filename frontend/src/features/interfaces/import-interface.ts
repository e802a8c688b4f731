import { api } from "@/api/client";
import type { components } from "@/api/schema";
import { asked, resultOf } from "@/features/interfaces/result-of";

type Answer = components["schemas"]["ImportResultView"];
export type WgQuickFile = components["schemas"]["InterfaceImport"];
export type ImportReport = components["schemas"]["ImportReportView"];

/** Make an interface and its peers of a wg-quick file; or with `dryRun` only tell what is in it. */
export async function importInterface(body: WgQuickFile, dryRun = false): Promise<Answer> {
  const { data } = await api.POST("/api/v1/interfaces/import", { params: { query: asked(dryRun) }, body });
  return resultOf(data);
}

/** The interface that a wg-quick file is for: wg-quick names it after the file. */
export function nameOfFile(file: string): string {
  return file
    .replace(/^.*[\\/]/, "")
    .replace(/\.conf$/i, "")
    .slice(0, 15);
}
