// The words, by the letters typed and by the pieces that spell them, as in autocomplete/lexicon.py and letter_trie.py.

import { keyOf } from "./text.ts";

export const OFFENSIVE = 1;
export const VARIANT = 2;
/** Stands for the natural-log probability of what is no word. */
const UNLISTED = -16;

/** Columns of `PieceTrie.nodes`. */
export const TOKEN = 0;
export const CHILD_START = 1;
export const CHILD_END = 2;
export const WORD_START = 3;
export const WORD_END = 4;
export const END_HERE = 5;

/** All words by their pieces: a trie in flat arrays, nodes numbered breadth first, children in token order. */
export interface PieceTrie {
  /** int32 [n_nodes, 6] */
  nodes: Int32Array;
  /** int32 [n_words]: words in the order of their pieces */
  order: Int32Array;
  /** int32 [n_words]: the node each word ends at */
  ends: Int32Array;
  /** int32 [n_nodes]: the node above each, -1 for first pieces */
  parents: Int32Array;
}

/** All words by the letters of their keys; nodes in depth-first order. */
export interface LetterTrie {
  /** int32 [n_nodes + 1, 4]: letter, depth from 1, next node not below, first word below */
  nodes: Int32Array;
  alphabet: Map<string, number>;
}

export class Lexicon {
  readonly trie: PieceTrie;
  readonly letters: LetterTrie;

  private constructor(
    readonly keys: string[],
    readonly forms: string[],
    readonly logprobs: Float32Array,
    readonly flags: Uint8Array,
    readonly group: Int32Array,
    readonly lengths: Uint8Array,
    readonly pieces: Uint16Array,
    readonly pieceStarts: Int32Array,
    order: Int32Array,
  ) {
    this.trie = buildPieceTrie(order, lengths, pieces, pieceStarts);
    this.letters = buildLetterTrie(keys);
  }

  get size(): number {
    return this.forms.length;
  }

  static async read(compressed: Uint8Array): Promise<Lexicon> {
    const stream = new Blob([compressed as BlobPart]).stream().pipeThrough(new DecompressionStream("deflate"));
    const raw = new Uint8Array(await new Response(stream).arrayBuffer());
    const view = new DataView(raw.buffer);
    if (new TextDecoder().decode(raw.subarray(0, 4)) !== "LEX1") throw new Error("this is no lexicon: make it again");
    let at = 32;
    const parts = Array.from({ length: 7 }, (_, part) => {
      const size = view.getUint32(4 + 4 * part, true);
      at += size;
      return raw.slice(at - size, at); // a copy, so that it is aligned
    });
    const lines = new TextDecoder().decode(parts[0]).split("\n").map((line) => line.split("\t"));
    const lengths = parts[4];
    const pieceStarts = new Int32Array(lengths.length + 1);
    lengths.forEach((length, word) => {
      pieceStarts[word + 1] = pieceStarts[word] + length;
    });
    return new Lexicon(
      lines.map((line) => line[0]),
      lines.map((line) => line[line.length - 1]),
      Float32Array.from(new Uint16Array(parts[1].buffer), fromHalf),
      parts[2],
      new Int32Array(parts[3].buffer),
      lengths,
      new Uint16Array(parts[5].buffer),
      pieceStarts,
      new Int32Array(parts[6].buffer),
    );
  }

  /** The range of words whose key begins with `key`. */
  rangeOf(key: string): [number, number] {
    return [this.bisect(key), this.bisect(`${key}\u{10ffff}`)];
  }

  /** The words whose key is `key`. */
  exactly(key: string): number[] {
    const words = [];
    for (let word = this.bisect(key); this.keys[word] === key; word++) words.push(word);
    return words;
  }

  /** The token of each word that is one piece, -1 for others and for those flagged `without`; int32 [n_words]. */
  onlyPieces(without: number): Int32Array {
    return Int32Array.from(this.lengths, (length, word) =>
      length === 1 && !(this.flags[word] & without) ? this.pieces[this.pieceStarts[word]] : -1,
    );
  }

  /** The tokens that spell a word. */
  piecesOf(word: number): number[] {
    return Array.from(this.pieces.subarray(this.pieceStarts[word], this.pieceStarts[word + 1]));
  }

  /** The natural-log probability of words, parted by spaces, as if each stood alone; at least -16 each. */
  frequencyOf(words: string): number {
    return words
      .split(" ")
      .map((word) => Math.max(UNLISTED, ...this.exactly(keyOf(word)).map((found) => this.logprobs[found])))
      .reduce((sum, one) => sum + one, 0);
  }

  private readonly known = new Map<string, string | null>();
  private readonly capital = new Map<string, string | null>();

  /** Tell whether a word is listed, whatever its case. */
  lists(word: string): boolean {
    return this.usual(word.toLowerCase()) !== null;
  }

  /** Tell whether letters spell an offensive word: the model was not told of those, and cannot judge them. */
  isOffensive(key: string): boolean {
    return this.exactly(key).some((word) => this.flags[word] & OFFENSIVE);
  }

  /** Tell whether lower-case letters are no word, but would be with an apostrophe. */
  lacksMark = (folded: string): boolean => {
    if (folded.includes("'") || this.usual(folded) !== null) return false;
    return this.exactly(keyOf(folded)).some((word) => this.forms[word].includes("'") && !(this.flags[word] & VARIANT));
  };

  /** The usual form of a lower-case word, null if it is not listed. */
  usual = (folded: string): string | null => {
    let found = this.known.get(folded);
    if (found === undefined) {
      let best = -1;
      for (const word of this.exactly(keyOf(folded))) {
        if (this.flags[word] & VARIANT || this.forms[word].toLowerCase() !== folded) continue;
        if (best < 0 || this.logprobs[word] > this.logprobs[best]) best = word;
      }
      found = best < 0 ? null : this.forms[best];
      if (this.known.size > 8192) this.known.clear();
      this.known.set(folded, found);
    }
    return found;
  };

  /** The usual form of a lower-case word that is listed with capitals only, null of another. */
  only = (folded: string): string | null => {
    let found = this.capital.get(folded);
    if (found === undefined) {
      const listed = this.exactly(keyOf(folded)).some((word) => this.forms[word] === folded);
      found = listed ? null : this.usual(folded);
      if (this.capital.size > 8192) this.capital.clear();
      this.capital.set(folded, found);
    }
    return found;
  };

  private bisect(key: string): number {
    let low = 0;
    let high = this.keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.keys[middle] < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function buildPieceTrie(
  order: Int32Array,
  lengths: Uint8Array,
  pieces: Uint16Array,
  starts: Int32Array,
): PieceTrie {
  const count = order.length;
  const common = new Int32Array(count); // pieces shared with the word before, in the order of pieces
  for (let place = 1; place < count; place++) {
    const [a, b] = [order[place - 1], order[place]];
    const most = Math.min(lengths[a], lengths[b]);
    let shared = 0;
    while (shared < most && pieces[starts[a] + shared] === pieces[starts[b] + shared]) shared++;
    common[place] = shared;
  }
  const rows: number[] = [];
  const parents: number[] = [];
  const ends = new Int32Array(count);
  let above = new Int32Array(count).fill(-1); // the node of the level before that each place is below
  for (let depth = 0; ; depth++) {
    const first = rows.length / 6;
    const here = new Int32Array(count).fill(-1);
    for (let place = 0; place < count; ) {
      let end = place + 1;
      while (end < count && common[end] > depth) end++;
      // places up to `end` share this level's piece, or the first of them is a word that ended before
      if (lengths[order[place]] > depth) {
        const node = rows.length / 6;
        let stop = place;
        while (stop < end && lengths[order[stop]] === depth + 1) ends[order[stop++]] = node;
        rows.push(pieces[starts[order[place]] + depth], 0, 0, place, end, stop);
        const parent = above[place];
        parents.push(parent);
        if (parent >= 0) {
          if (rows[6 * parent + CHILD_END] === 0) rows[6 * parent + CHILD_START] = node;
          rows[6 * parent + CHILD_END] = node + 1;
        }
        here.fill(node, place, end);
      }
      place = end;
    }
    if (rows.length / 6 === first) break;
    above = here;
  }
  return { nodes: Int32Array.from(rows), order, ends, parents: Int32Array.from(parents) };
}

function buildLetterTrie(keys: string[]): LetterTrie {
  const alphabet = new Map(
    [...new Set(keys.join(""))]
      .sort((a, b) => (a.codePointAt(0) as number) - (b.codePointAt(0) as number))
      .map((letter, place) => [letter, place]),
  );
  const rows: number[] = [];
  const open: number[] = [-1]; // the node open at each depth
  let before: string[] = [];
  let deepest = 1;
  keys.forEach((key, word) => {
    const letters = Array.from(key);
    let fork = 0;
    while (fork < letters.length && fork < before.length && letters[fork] === before[fork]) fork++;
    if (fork < letters.length) {
      while (open.length > fork + 1) rows[4 * (open.pop() as number) + 2] = rows.length / 4;
    }
    for (let depth = fork + 1; depth <= letters.length; depth++) {
      open.push(rows.length / 4);
      rows.push(alphabet.get(letters[depth - 1]) as number, depth, 0, word);
    }
    deepest = Math.max(deepest, letters.length);
    before = letters;
  });
  const last = rows.length / 4;
  while (open.length > 1) rows[4 * (open.pop() as number) + 2] = last;
  rows.push(-1, deepest, last, keys.length);
  return { nodes: Int32Array.from(rows), alphabet };
}

function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * 2 ** -24 * fraction;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}
