import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// One entry per island; a page loads only its own. `base` is what every page has: styles, theme switch, toasts.
const islands = ["base", "home", "editor", "run", "datasets", "demo", "papers", "compare", "trash", "link"];
const input = Object.fromEntries(
  islands
    .map((name) => [name, here(`src/${name}/main.tsx`)] as const)
    .filter(([, path]) => existsSync(path)),
);

export default defineConfig(({ mode }) => ({
  plugins: [react()],
  // The site serves dist/ under this address (Django's STATIC_URL); chunks and workers find each other through it.
  base: "/static/dist/",
  resolve: { alias: { "@shared": here("src/shared") } },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    manifest: true,
    // Nothing inlined into CSS or JS, so the page's content security policy need not allow data: for scripts or fonts.
    assetsInlineLimit: 0,
    sourcemap: mode === "development",
    target: "es2022",
    chunkSizeWarningLimit: 1600,
    rollupOptions: { input },
  },
  test: { include: ["src/**/*.test.{ts,tsx}"], environment: "node", css: true },
}));
