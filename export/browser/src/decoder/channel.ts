// Which words the typed letters may mean, and at what cost, as in autocomplete/channel.py and kernels.match_letters.

import type { ErrorModel, Touches, TypingCosts } from "./errors.ts";
import type { LetterTrie, Lexicon } from "./lexicon.ts";

const LIMITS = [7, 9, 11, 12.5];
const NEAR_LIMIT = 8;
const FAR_LIMIT = 19;
const FAR_LETTERS = 4;
const WEIGHT = 1.6;
const FINISHED = 3.5;

/** What it costs to take what is typed for each word; infinite where that cannot be. */
export interface Costs {
  words: Float32Array;
  /** the least of the words below each node of the piece trie */
  nodes: Float32Array;
}

export function costsOf(lexicon: Lexicon, words: Float32Array): Costs {
  const { ends, parents } = lexicon.trie;
  const nodes = new Float32Array(parents.length).fill(Number.POSITIVE_INFINITY);
  for (let word = 0; word < words.length; word++) {
    const cost = words[word];
    if (cost === Number.POSITIVE_INFINITY) continue;
    for (let node = ends[word]; node >= 0 && nodes[node] > cost; node = parents[node]) nodes[node] = cost;
  }
  return { words, nodes };
}

export class Channel {
  readonly weight = WEIGHT;
  readonly costOfMark: number;

  constructor(
    private readonly lexicon: Lexicon,
    readonly errors: ErrorModel,
  ) {
    this.costOfMark = -WEIGHT * Math.log(errors.rates.mark);
  }

  /** Price words that letters begin, or are if `whole`: letters as a key has them, at least one; float32 [n_words]. */
  match(typed: string, touches: Touches = [], whole = false): Float32Array {
    const count = Array.from(typed).length;
    const prices = this.errors.costs(typed, touches);
    const words = new Float32Array(this.lexicon.size);
    const limits = (most: number): [number, number, number] => [
      Math.fround(this.errors.transposition),
      Math.fround(most),
      whole ? 0 : Math.fround(FINISHED / WEIGHT),
    ];
    const { letters } = this.lexicon;
    const spelled = whole ? this.lexicon.exactly(typed).length : this.lexicon.rangeOf(typed)[1] - this.lexicon.rangeOf(typed)[0];
    const most = LIMITS[Math.min(count, LIMITS.length) - 1];
    const near = limits(spelled ? Math.min(most, NEAR_LIMIT) : most);
    matchLetters(letters, prices, this.errors.omission, near, whole, words);
    if (count >= FAR_LETTERS && !words.some((cost) => cost < Number.POSITIVE_INFINITY)) {
      matchLetters(letters, prices, this.errors.omission, limits(FAR_LIMIT), whole, words);
    }
    const weight = Math.fround(WEIGHT);
    for (let word = 0; word < words.length; word++) words[word] *= weight;
    return words;
  }

  /** Nats of having typed letters for themselves: nothing, but for touches off the middle of their keys. */
  costOfTyped(typed: string, touches: Touches): number {
    const { typed: places, substitution } = this.errors.costs(typed, touches);
    const size = this.lexicon.letters.alphabet.size;
    let sum = 0;
    places.forEach((letter, place) => {
      if (letter >= 0) sum = Math.fround(sum + substitution[place * size + letter]);
    });
    return WEIGHT * sum;
  }
}

/**
 * Find the words that typed letters may begin, or are all of if `whole`, each at the cost of its cheapest explanation: the dynamic programme of
 * Damerau with a cost for each edit, one row a trie node, so that words share the rows of their common beginnings.
 */
function matchLetters(
  trie: LetterTrie,
  { typed, substitution, insertion }: TypingCosts,
  omission: Float32Array,
  [transposition, most, finished]: [number, number, number],
  whole: boolean,
  words: Float32Array,
): void {
  const { nodes } = trie;
  const size = trie.alphabet.size;
  const n = typed.length;
  const width = n + 1;
  const last = nodes.length / 4 - 1;
  const deepest = nodes[4 * last + 1];
  const rows = new Float32Array((deepest + 1) * width);
  const covered = new Float32Array(deepest + 1).fill(Number.POSITIVE_INFINITY);
  const path = new Int32Array(deepest + 1).fill(size);
  for (let i = 1; i <= n; i++) rows[i] = rows[i - 1] + insertion[2 * (i - 1)];
  words.fill(Number.POSITIVE_INFINITY);
  for (let node = 0; node < last; ) {
    const letter = nodes[4 * node];
    const depth = nodes[4 * node + 1];
    path[depth] = letter;
    const leftOut = omission[path[depth - 1] * size + letter];
    const row = depth * width;
    const above = row - width;
    rows[row] = rows[above] + leftOut;
    let least = rows[row];
    for (let i = 1; i <= n; i++) {
      let cost = rows[above + i - 1] + substitution[(i - 1) * size + letter];
      const without = rows[above + i] + leftOut;
      if (without < cost) cost = without;
      const extra = rows[row + i - 1] + insertion[2 * (i - 1) + (typed[i - 1] === letter ? 1 : 0)];
      if (extra < cost) cost = extra;
      if (depth > 1 && i > 1 && typed[i - 1] === path[depth - 1] && typed[i - 2] === letter) {
        const swapped = rows[above - width + i - 2] + transposition;
        if (swapped < cost) cost = swapped;
      }
      rows[row + i] = cost;
      if (rows[row + i] < least) least = rows[row + i];
    }
    const allOfIt = rows[row + n];
    if (!whole) covered[depth] = Math.min(covered[depth - 1], allOfIt);
    const cost = whole ? allOfIt : covered[depth];
    let end = nodes[4 * (node + 1) + 3];
    let following = node + 1;
    if (least > most || covered[depth] <= 0 || Math.fround(least - finished) >= covered[depth]) {
      following = nodes[4 * node + 2];
      if (!whole) end = nodes[4 * following + 3];
    }
    const first = nodes[4 * node + 3];
    if (cost <= most) words.fill(cost, first, end);
    const taken = Math.fround(allOfIt - finished);
    if (allOfIt > 0 && allOfIt <= most && taken < cost) words.fill(Math.max(0, taken), first, nodes[4 * (node + 1) + 3]);
    node = following;
  }
}
