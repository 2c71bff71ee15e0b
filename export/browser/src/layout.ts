// The keyboard's layout, out of the Python package's own file.

import qwerty from "../../../autocomplete/layouts/qwerty.toml?raw";
import type { Layout } from "./decoder/errors.ts";

/** Read the two forms of line that a layout file has. */
export function readLayout(toml: string): Layout {
  const rows = [...toml.matchAll(/\{ x = ([\d.]+), keys = "(.*)" \}/g)].map(([, x, keys]) => ({ x: Number(x), keys }));
  const wide = Object.fromEntries(
    [...(/^wide = \{(.*)\}/m.exec(toml)?.[1] ?? "").matchAll(/"(.)" = ([\d.]+)/g)].map(([, key, width]) => [
      key,
      Number(width),
    ]),
  );
  return { rows, wide };
}

export const layout = readLayout(qwerty);
