import { readdirSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { defineConfig, type Plugin } from "vite";
import solid from "vite-plugin-solid";
import { riderWorker } from "./rider/build.ts";

/** Which built page answers which path; the Go server knows the same list. */
const pages: [RegExp, string][] = [
  [/^\/(login|intake|board|monitor|reports|settings)?(\?|$)/, "/app.html"],
  [/^\/rider(\?|$)/, "/rider.html"],
  [/^\/t\/[^/]+/, "/tracking.html"],
];

/** Lets `npm run dev` answer the paths that the Go server answers in earnest. */
function devPages(): Plugin {
  return {
    name: "bros-dev-pages",
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        const page = pages.find(([path]) => path.test(request.url ?? ""));
        if (page) request.url = page[1];
        next();
      });
    },
  };
}

const dist = resolve(import.meta.dirname, "dist");

/**
 * Removes what older builds left in dist, once the new pages are there: the Go module embeds
 * the folder, and must find pages in it at any moment, or at least .gitkeep.
 */
function cleanDist(): Plugin {
  const begun = Date.now();
  return {
    name: "bros-clean-dist",
    apply: "build",
    closeBundle() {
      for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
        const file = join(dist, name);
        const about = statSync(file);
        if (about.isFile() && about.mtimeMs < begun && name !== ".gitkeep") rmSync(file);
      }
    },
  };
}

const backend = process.env.BROS_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "/",
  plugins: [solid(), devPages(), riderWorker(import.meta.dirname, dist), cleanDist()],
  appType: "mpa",
  server: { proxy: { "/api": { target: backend, ws: true } } },
  worker: { format: "es" },
  build: {
    outDir: "dist",
    emptyOutDir: false, // cleanDist does it
    // The content security policy knows no data: addresses.
    assetsInlineLimit: 0,
    target: "es2022",
    rollupOptions: {
      input: {
        app: resolve(import.meta.dirname, "app.html"),
        rider: resolve(import.meta.dirname, "rider.html"),
        tracking: resolve(import.meta.dirname, "tracking.html"),
      },
    },
  },
});
