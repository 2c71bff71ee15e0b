// Emoji by their names, as in autocomplete/emoji.py: the one that a word plainly means, and those that `:jo` may become.

import { lastCharacters, LETTER, SPACE } from "./text.ts";

const ALPHANUMERIC = "[\\p{L}\\p{N}]";
/** A name begun with a colon where a word may begin: none of `10:30`, `:30` and `:)`. */
const NAME = new RegExp(
  `(?:^|(?<=[${SPACE}(\\["“]))(:${LETTER}(?:${ALPHANUMERIC}|[_+\\-](?!:))+|:100|:[+\\-]1):?$`,
  "u",
);
const LAST_WORDS = new RegExp(`${LETTER}+(?: ${LETTER}+){0,2} ?$`, "u");
const WHOLE = 1;
const LONGEST = 48;

/** Read the package's list of emoji, compressed or as a server unpacked it. */
export async function readEmoji(data: Uint8Array): Promise<EmojiList> {
  const compressed = data[0] === 0x1f && data[1] === 0x8b;
  const stream = new Blob([data as BlobPart]).stream();
  const text = await new Response(compressed ? stream.pipeThrough(new DecompressionStream("gzip")) : stream).text();
  return new EmojiList(text.split("\n").filter((line) => line && !line.startsWith("# ")));
}

export class EmojiList {
  private readonly plain = new Map<string, string>();

  /** `lines` hold an emoji, its name, other names, keywords, and words that plainly mean it, between tabs. */
  constructor(private readonly lines: string[]) {
    for (const line of lines) {
      const [emoji, , , , plain] = line.split("\t");
      for (const words of plain.split(",").filter(Boolean)) this.plain.set(words, emoji);
    }
  }

  /** Give the emoji that the last words of a text plainly mean, the longest run of words first. */
  meant(text: string): string | null {
    const words = (LAST_WORDS.exec(lastCharacters(text, LONGEST))?.[0] ?? "").trimEnd().toLowerCase().split(" ");
    for (let start = 0; start < words.length; start++) {
      const emoji = this.plain.get(words.slice(start).join(" "));
      if (emoji) return emoji;
    }
    return null;
  }

  /** Give up to k emoji by the beginning of a name; with a closing colon only those of exactly that name. */
  named(name: string, k: number): string[] {
    const closed = name.endsWith(":") && name.length > 1;
    const bare = name.replace(/^:+|:+$/g, "");
    const asked = /^:[+-]/.test(name) ? bare : bare.toLowerCase().replaceAll("-", "_");
    const ranked: [number, string][] = [];
    for (const line of this.lines) {
      if (!line.includes(asked)) continue; // nearly all of them
      const rank = rankOf(line, asked);
      if (rank >= 0 && (rank <= WHOLE || !closed)) ranked.push([rank, line.split("\t")[0]]);
    }
    return ranked
      .sort(([a], [b]) => a - b) // stable: of equals, the earlier in the list
      .slice(0, k)
      .map(([, emoji]) => emoji);
  }
}

/** Give the name of an emoji that is being written at the end of a text, with its colon; null if there is none. */
export function nameBegun(text: string): string | null {
  return NAME.exec(lastCharacters(text, LONGEST))?.[0] ?? null;
}

/** How well an emoji answers to a name, 0 best, up to `WHOLE` to all of it; -1 if not at all. */
function rankOf(line: string, asked: string): number {
  const [, name, others, keys] = line.split("\t");
  const shortcodes = others.split(",").filter(Boolean);
  const keywords = keys.split(",").filter(Boolean);
  const words = name.split("_");
  const begins = (other: string): boolean => other.startsWith(asked);
  return [
    shortcodes.includes(asked),
    name === asked,
    words.includes(asked),
    shortcodes.some(begins),
    [...shortcodes, name, ...words].some(begins),
    keywords.includes(asked),
    keywords.some(begins),
  ].indexOf(true);
}
