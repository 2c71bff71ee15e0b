// Puts what the page loads beside it: the bundle of the Python package, and the runtime from its npm package. Of the
// runtime's builds a browser loads one: `compat` only where relaxed SIMD is missing.
import { copyFileSync, mkdirSync } from "node:fs";
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
      for (const build of ["internal", "compat_internal"]) {
        for (const kind of ["js", "wasm"]) {
          const name = `litert_wasm_${build}.${kind}`;
          copyFileSync(join(runtime, name), join(served, "wasm", name));
        }
      }
    },
  };
}

export default defineConfig({ base: "./", plugins: [assets()], build: { target: "es2022" } });
