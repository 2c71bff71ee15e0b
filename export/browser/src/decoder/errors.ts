// What typing errors cost, as in autocomplete/error_model.py: natural logs of probability ratios against typing right.

import type { LetterTrie } from "./lexicon.ts";
import { isAlphanumeric } from "./text.ts";

/** Where the keys of a keyboard lie, in key widths: the data of autocomplete/layouts. */
export interface Layout {
  rows: { x: number; keys: string }[];
  wide: Record<string, number>;
}

interface Key {
  x: number;
  y: number;
  width: number;
}

const ROW_HEIGHT = 1.4;
const RATES = {
  neighbour: 0.03,
  confusion: 0.002,
  other: 2e-5,
  omission: 0.004,
  omissionOfDouble: 0.03,
  omissionOfMark: 0.05,
  insertion: 0.0015,
  doubling: 0.008,
  transposition: 0.006,
  missedSpace: 0.003,
  spaceBeside: 0.004,
  accidentalSpace: 0.0005,
  firstLetter: 0.5,
  mark: 0.02,
  spread: 0.45,
};
const CONFUSED = ["aeiouy", "cksq", "szx", "mn", "dt", "gj", "fv", "bp", "uvw", "lr"];

export interface TypingCosts {
  /** places in the alphabet, -1 for letters that no word has */
  typed: Int32Array;
  /** float32 [n, A] */
  substitution: Float32Array;
  /** float32 [n, 2]: in general, and after the letter it repeats */
  insertion: Float32Array;
}

export class ErrorModel {
  readonly rates = RATES;
  /** float32 [A + 1, A] */
  readonly omission: Float32Array;
  readonly transposition = -Math.log(RATES.transposition);
  private readonly keys = new Map<string, Key>();
  private readonly letters: string[];
  private readonly byKey = new Map<string, Float32Array>();
  private readonly besideSpace: Map<string, number>;

  constructor(
    layout: Layout,
    private readonly trie: LetterTrie,
  ) {
    layout.rows.forEach((row, number) => {
      let left = row.x;
      for (const key of row.keys) {
        const width = layout.wide[key] ?? 1;
        this.keys.set(key, {
          x: Math.fround(left + width / 2),
          y: Math.fround((number + 0.5) * ROW_HEIGHT),
          width: Math.fround(width),
        });
        left += width;
      }
    });
    this.letters = [...trie.alphabet.keys()];
    const misses = this.letters.map((letter) => (this.keys.has(letter) ? this.missed(letter, 0) : null));
    for (const key of new Set([...this.keys.keys(), ...this.letters])) this.byKey.set(key, this.keyCosts(key, misses));
    this.omission = this.omissions();
    this.besideSpace = this.spaceMisses();
  }

  costs(typed: string): TypingCosts {
    const letters = Array.from(typed);
    const size = this.letters.length;
    const substitution = new Float32Array(letters.length * size);
    letters.forEach((key, place) => {
      substitution.set(this.byKey.get(key) ?? this.keyCosts(key, []), place * size);
    });
    const penalty = Math.fround(-Math.log(RATES.firstLetter));
    const right = this.trie.alphabet.get(letters[0]);
    for (let letter = 0; letter < size; letter++) if (letter !== right) substitution[letter] += penalty;
    const insertion = new Float32Array(letters.length * 2);
    for (let place = 0; place < letters.length; place++) {
      insertion[2 * place] = -Math.log(RATES.insertion);
      insertion[2 * place + 1] = -Math.log(RATES.doubling);
    }
    return { typed: Int32Array.from(letters, (key) => this.trie.alphabet.get(key) ?? -1), substitution, insertion };
  }

  /** Nats of a key having been hit in the place of the space bar; infinite for keys that are not beside it. */
  costForSpace(key: string): number {
    const share = this.besideSpace.get(key) ?? 0;
    return share > 0.01 ? -Math.log(RATES.spaceBeside * share) : Number.POSITIVE_INFINITY;
  }

  private keyCosts(key: string, misses: (Map<string, number> | null)[]): Float32Array {
    const groups = CONFUSED.filter((group) => group.includes(key));
    const confusable = this.trie.alphabet.has(key);
    return Float32Array.from(this.letters, (letter, place) => {
      if (letter === key) return 0;
      const alike = confusable && groups.some((group) => group.includes(letter));
      const hit = RATES.neighbour * (misses[place]?.get(key) ?? 0);
      return -Math.log(Math.min((alike ? RATES.confusion : RATES.other) + hit, 1));
    });
  }

  /** Share out the misses of a key among the others; `aim` is how far from its middle it is aimed. */
  private missed(meant: string, aim: number): Map<string, number> {
    const middle = this.keys.get(meant) as Key;
    const width = RATES.spread * Math.SQRT2;
    const within = (offset: number, size: number): number =>
      (erf((offset + size / 2) / width) - erf((offset - size / 2) / width)) / 2;
    const mass = new Map<string, number>();
    let total = 0;
    for (const [key, { x, y, width: wide }] of this.keys) {
      if (key === meant) continue;
      const share = within(x - middle.x - aim, wide) * within(y - middle.y, ROW_HEIGHT);
      mass.set(key, share);
      total += share;
    }
    for (const [key, share] of mass) mass.set(key, share / total);
    return mass;
  }

  /** Misses of the space bar, wherever along it a thumb aims. */
  private spaceMisses(): Map<string, number> {
    const space = this.keys.get(" ");
    const mean = new Map<string, number>();
    if (!space) return mean;
    for (let step = 0; step < 9; step++) {
      const aim = (step / 8 - 0.5) * Math.max(0, space.width - 1);
      for (const [key, share] of this.missed(" ", aim)) mean.set(key, (mean.get(key) ?? 0) + share / 9);
    }
    return mean;
  }

  private omissions(): Float32Array {
    const size = this.letters.length;
    const omission = new Float32Array((size + 1) * size);
    for (let before = 0; before <= size; before++) {
      for (let letter = 0; letter < size; letter++) {
        let rate = before === letter ? RATES.omissionOfDouble : RATES.omission;
        if (before === size) rate *= RATES.firstLetter;
        if (!isAlphanumeric(this.letters[letter])) rate = RATES.omissionOfMark;
        omission[before * size + letter] = -Math.log(rate);
      }
    }
    return omission;
  }
}

/** The error function, by its series near zero and its continued fraction far from it, to 1e-14. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  if (size < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; n < 100 && Math.abs(term) > 1e-17; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (size + fraction);
  return Math.sign(x) * (1 - Math.exp(-size * size) / Math.sqrt(Math.PI) / (size + fraction));
}
