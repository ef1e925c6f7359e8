import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build, type Plugin, type Rolldown } from "vite";

/** Files that the app opens with and that no script names. */
const fixed = ["rider.webmanifest", "icon.svg", "icon-192.png", "badge-96.png"];

/**
 * Builds the rider's service worker beside the pages. It is told which of the built files the
 * app is made of: what rider.html names, what those name, and so on (styles, chunks and the
 * connection worker), so that a version of the app is on the phone whole or not at all.
 */
export function riderWorker(root: string, outDir: string): Plugin {
  let files: string[] = [];
  let version = "";
  return {
    name: "bros-rider-worker",
    apply: "build",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        files = reachable(bundle, "rider.html");
        const hash = createHash("sha256").update(textOf(bundle["rider.html"]));
        for (const name of fixed) hash.update(readFileSync(join(root, "public", name)));
        version = hash.update(files.join()).digest("hex").slice(0, 16);
      },
    },
    async closeBundle() {
      const paths = [...files, ...fixed].map((name) => `/${name}`);
      await build({
        root,
        configFile: false,
        logLevel: "warn",
        publicDir: false,
        define: {
          __RIDER_FILES__: JSON.stringify(paths),
          __RIDER_VERSION__: JSON.stringify(version),
        },
        build: {
          outDir,
          emptyOutDir: false,
          target: "es2022",
          // One classic script: not every browser takes modules for service workers.
          lib: {
            entry: resolve(root, "rider/src/sw.ts"),
            formats: ["iife"],
            name: "riderWorker",
            fileName: () => "rider-sw.js",
          },
        },
      });
    },
  };
}

type Bundle = Record<string, Rolldown.OutputAsset | Rolldown.OutputChunk>;

function textOf(file: Rolldown.OutputAsset | Rolldown.OutputChunk | undefined): string {
  if (!file) return "";
  if (file.type === "chunk") return file.code;
  return typeof file.source === "string" ? file.source : "";
}

/** The files of a bundle that a page leads to, by their names in each other. */
function reachable(bundle: Bundle, page: string): string[] {
  const names = Object.keys(bundle).filter((name) => !name.endsWith(".html"));
  const found = new Set<string>();
  const queue = [page];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const text = textOf(bundle[name]);
    for (const other of names) {
      if (found.has(other) || !text.includes(other.slice(other.lastIndexOf("/") + 1))) continue;
      found.add(other);
      queue.push(other);
    }
  }
  return [...found].sort();
}
