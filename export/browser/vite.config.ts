// Puts what the page loads beside it: the bundle and the emoji of the Python package, and the runtime from its npm package.
// Of the runtime's builds a browser loads one: `compat` only where relaxed SIMD is missing. Writes the service worker last,
// which has to know what was built.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const here = dirname(fileURLToPath(import.meta.url));
const served = join(here, "public");
const bundle = process.env.BUNDLE ?? join(here, "../../autocomplete/en.bundle");
const runtime = join(here, "node_modules/@litertjs/core/wasm");

function assets(): Plugin {
  return {
    name: "bundle-and-runtime",
    configResolved() {
      mkdirSync(join(served, "wasm"), { recursive: true });
      copyFileSync(bundle, join(served, "en.bundle"));
      copyFileSync(join(here, "../../autocomplete/emoji.en.tsv.gz"), join(served, "emoji.en.tsv.gz"));
      for (const build of ["internal", "compat_internal"]) {
        for (const kind of ["js", "wasm"]) {
          const name = `litert_wasm_${build}.${kind}`;
          copyFileSync(join(runtime, name), join(served, "wasm", name));
        }
      }
    },
  };
}

function offline(): Plugin {
  return {
    name: "offline",
    apply: "build",
    writeBundle({ dir }) {
      const built = dir as string;
      const files = readdirSync(built, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name !== "offline.js")
        .map((entry) => join(entry.parentPath, entry.name).slice(built.length + 1))
        .sort();
      const sum = createHash("sha256");
      for (const file of files) sum.update(file).update(readFileSync(join(built, file)));
      const small = files.filter((file) => /\.(html|js|css)$/.test(file) && !file.startsWith("wasm/"));
      const worker = readFileSync(join(here, "src/offline.js"), "utf8")
        .replace("__VERSION__", sum.digest("hex"))
        .replace("__FILES__", JSON.stringify(["./", ...small.map((file) => `./${file}`)]));
      writeFileSync(join(built, "offline.js"), worker);
    },
  };
}

export default defineConfig({
  base: "./",
  plugins: [assets(), offline()],
  build: { target: "es2022" },
  server: { fs: { allow: [join(here, "../..")] } }, // the package's tables are read where they lie
});
