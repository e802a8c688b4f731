import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Preload the two regular faces, so that text is painted once and in its own face. */
function preloadFonts(): Plugin {
  return {
    name: "preload-fonts",
    transformIndexHtml: {
      order: "post",
      handler: (_html, { bundle }) =>
        Object.keys(bundle ?? {})
          .filter((file) => /latin-400-normal.*\.woff2$/.test(file))
          .map((file) => ({
            tag: "link",
            attrs: { rel: "preload", as: "font", type: "font/woff2", crossorigin: "", href: `/${file}` },
            injectTo: "head",
          })),
    },
  };
}

export default defineConfig({
  plugins: [react(), preloadFonts()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  // Caddy's templates put the nonce of this answer here; the Content-Security-Policy names the same one.
  html: { cspNonce: "{{placeholder `http.request.uuid`}}" },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    // One style sheet: a page that is loaded later then never waits for, or fails by, one of its own.
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  test: {
    // Test files share their workers: starting one, and loading a page into it, takes longer than most of them run.
    // Logic needs no page; a file that wants one nevertheless names jsdom in its first line.
    pool: "threads",
    isolate: false,
    restoreMocks: true,
    css: false,
    projects: [
      {
        extends: true,
        test: {
          name: "logic",
          environment: "node",
          include: ["src/**/*.test.ts", "checks/**/*.test.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "page",
          environment: "jsdom",
          include: ["src/**/*.test.tsx"],
          setupFiles: ["src/testing/setup.ts"],
        },
      },
    ],
  },
});
