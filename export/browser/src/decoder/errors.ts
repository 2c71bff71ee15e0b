// What typing errors cost, as in autocomplete/error_model.py: natural logs of probability ratios against typing right.

import type { LetterTrie } from "./lexicon.ts";
import { isAlphanumeric } from "./text.ts";

/** Where the keys of a keyboard lie, in key widths: the data of autocomplete/layouts. */
export interface Layout {
  rows: { x: number; keys: string }[];
  wide: Record<string, number>;
}

/** Middle and width of a key, in key widths from the keyboard's upper left corner. */
export interface Key {
  x: number;
  y: number;
  width: number;
}

/** Where a finger fell, x and y in key widths. */
export type Point = readonly [number, number];
/** Of the last characters of a text, in order; null where a point is not known. */
export type Touches = readonly (Point | null)[];

export const ROW_HEIGHT = 1.4;
/** The least share of a key in another one's misses that makes them neighbours. */
const NEIGHBOUR = 0.03;
const TINY = 2 ** -1022;
const RATES = {
  neighbour: 0.04,
  confusion: 0.002,
  other: 6.2e-5,
  omission: 0.0042,
  omissionOfDouble: 0.024,
  omissionOfMark: 0.05,
  insertion: 0.0004,
  doubling: 0.00077,
  transposition: 0.0022,
  missedSpace: 0.003,
  spaceBeside: 0.004,
  accidentalSpace: 0.0005,
  mark: 0.02,
  spread: 0.45,
  touchSpread: 0.28,
};
/** Letters that are written for one another by who spells by ear. */
export const CONFUSED = ["aeiouy", "cksq", "szx", "mn", "dt", "gj", "fv", "bp", "uvw", "lr"];

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
  readonly keys: Map<string, Key>;
  private readonly letters: string[];
  /** for each letter meant the share of each key in its misses; null for letters without a key */
  private readonly misses: (Map<string, number> | null)[];
  private readonly byKey = new Map<string, Float32Array>();
  private readonly besideSpace: Map<string, number>;

  constructor(
    layout: Layout,
    private readonly trie: LetterTrie,
  ) {
    this.keys = keysOf(layout);
    this.letters = [...trie.alphabet.keys()];
    this.misses = this.letters.map((letter) => (this.keys.has(letter) ? this.missed(letter, 0) : null));
    for (const key of new Set([...this.keys.keys(), ...this.letters])) this.byKey.set(key, this.keyCosts(key));
    this.omission = this.omissions();
    this.besideSpace = this.spaceMisses();
  }

  /** Price typed letters, lower case; `touches` are as many, or fewer for the last ones. */
  costs(typed: string, touches: Touches = []): TypingCosts {
    const letters = Array.from(typed);
    const size = this.letters.length;
    const substitution = new Float32Array(letters.length * size);
    const unknown = letters.length - touches.length;
    letters.forEach((key, place) => {
      const point = place < unknown ? null : touches[place - unknown];
      const costs = point ? this.touchCosts(key, point) : (this.byKey.get(key) ?? this.keyCosts(key));
      substitution.set(costs, place * size);
    });
    const insertion = new Float32Array(letters.length * 2);
    for (let place = 0; place < letters.length; place++) {
      insertion[2 * place] = -Math.log(RATES.insertion);
      insertion[2 * place + 1] = -Math.log(RATES.doubling);
    }
    return { typed: Int32Array.from(letters, (key) => this.trie.alphabet.get(key) ?? -1), substitution, insertion };
  }

  /** Letters for which the space bar may be hit, with nats of that. */
  costsOfSpace(): [string, number][] {
    const shares = this.letters.map((letter, place): [string, number] => [letter, this.misses[place]?.get(" ") ?? 0]);
    return shares
      .filter(([, share]) => share > 0.01)
      .map(([letter, share]) => [letter, -Math.log(RATES.neighbour * share)]);
  }

  /** Whether a finger that falls beside a letter's key may hit another's. */
  areNeighbours(typed: string, meant: string): boolean {
    const place = this.trie.alphabet.get(meant);
    return place !== undefined && (this.misses[place]?.get(typed) ?? 0) > NEIGHBOUR;
  }

  /** Nats of a touch for each letter meant: Gaussian about each key's middle. */
  private touchCosts(key: string, [x, y]: Point): Float32Array {
    const density = new Map<string, number>();
    let total = 0;
    for (const [name, middle] of this.keys) {
      const beyond = Math.max(middle.width - 1, 0) / 2; // a space bar is hit anywhere along its length
      const across = Math.max(Math.abs(x - middle.x) - beyond, 0) / RATES.touchSpread;
      const down = (y - middle.y) / RATES.touchSpread;
      const value = Math.exp(-(across * across + down * down) / 2);
      density.set(name, value);
      total += value;
    }
    return Float32Array.from(this.letters, (letter) => {
      const share = (density.get(letter) ?? 0) / Math.max(total, TINY);
      return -Math.log(Math.min(share + this.confusion(key, letter), 1));
    });
  }

  private confusion(key: string, letter: string): number {
    const alike = this.trie.alphabet.has(key) && CONFUSED.some((group) => group.includes(key) && group.includes(letter));
    return alike ? RATES.confusion : RATES.other;
  }

  /** Nats of a key having been hit in the place of the space bar; infinite for keys that are not beside it. */
  costForSpace(key: string): number {
    const share = this.besideSpace.get(key) ?? 0;
    return share > 0.01 ? -Math.log(RATES.spaceBeside * share) : Number.POSITIVE_INFINITY;
  }

  private keyCosts(key: string): Float32Array {
    return Float32Array.from(this.letters, (letter, place) => {
      if (letter === key) return 0;
      const hit = RATES.neighbour * (this.misses[place]?.get(key) ?? 0);
      return -Math.log(Math.min(this.confusion(key, letter) + hit, 1));
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
        if (!isAlphanumeric(this.letters[letter])) rate = RATES.omissionOfMark;
        omission[before * size + letter] = -Math.log(rate);
      }
    }
    return omission;
  }
}

/** The middle and width of each key of a layout. */
export function keysOf(layout: Layout): Map<string, Key> {
  const keys = new Map<string, Key>();
  layout.rows.forEach((row, number) => {
    let left = row.x;
    for (const key of row.keys) {
      const width = layout.wide[key] ?? 1;
      const [x, y] = [left + width / 2, (number + 0.5) * ROW_HEIGHT];
      keys.set(key, { x: Math.fround(x), y: Math.fround(y), width: Math.fround(width) });
      left += width;
    }
  });
  return keys;
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
