// Two words without a space between them, one of which is mistyped too, or rare, as in autocomplete/slipped_pairs.py.

import type { Channel } from "./channel.ts";
import type { Touches } from "./errors.ts";
import { type Lexicon, OFFENSIVE, VARIANT } from "./lexicon.ts";

const SHORTEST = 5;
const SLIPPED = 3;
const CUTS = 4;
const EACH = 2;
const DEAREST = 12.5;
const PIECES = 3;
const LEAST = -12;

interface Cut {
  exact: number;
  start: number;
  end: number;
  comesFirst: boolean;
  cost: number;
}

export interface SlippedPair {
  words: [number, number];
  cost: number;
}

/** Read letters as two finished words, one of them as it stands: those have a `token`, others -1. */
export function slippedPairs(lexicon: Lexicon, channel: Channel, token: Int32Array, key: string, touches: Touches): SlippedPair[] {
  const letters = Array.from(key);
  if (letters.length < SHORTEST) return [];
  const rank = (cut: Cut): number => cut.cost - lexicon.logprobs[cut.exact];
  const cuts = cutsOf(lexicon, channel, token, letters).sort(
    (a, b) => rank(a) - rank(b) || a.start - b.start || Number(a.comesFirst) - Number(b.comesFirst),
  );
  return cuts.slice(0, CUTS).flatMap((cut) => {
    const part = letters.slice(cut.start, cut.end).join("");
    const costs = channel.match(part, touches.slice(cut.start, cut.end), true);
    const found: { word: number; prior: number }[] = [];
    costs.forEach((cost, word) => {
      if (cost > DEAREST || lexicon.lengths[word] > PIECES || lexicon.flags[word] & (OFFENSIVE | VARIANT)) return;
      found.push({ word, prior: Math.fround(lexicon.logprobs[word] - cost) });
    });
    found.sort((a, b) => b.prior - a.prior || a.word - b.word);
    return found.slice(0, EACH).map(({ word }): SlippedPair => {
      const words: [number, number] = cut.comesFirst ? [cut.exact, word] : [word, cut.exact];
      return { words, cost: cut.cost + costs[word] };
    });
  });
}

function cutsOf(lexicon: Lexicon, channel: Channel, token: Int32Array, letters: string[]): Cut[] {
  const { errors, weight } = channel;
  const found: Cut[] = [];
  const exactly = (from: number, to: number): number => {
    const words = lexicon.exactly(letters.slice(from, to).join("")).filter((word) => token[word] >= 0);
    const best = words.reduce((a, b) => (a < 0 || lexicon.logprobs[b] > lexicon.logprobs[a] ? b : a), -1);
    return best >= 0 && lexicon.logprobs[best] >= LEAST ? best : -1;
  };
  const n = letters.length;
  for (let end = 1; end < n; end++) {
    for (const [skipped, nats] of [
      [0, -Math.log(errors.rates.missedSpace)],
      [1, errors.costForSpace(letters[end])],
    ]) {
      if (nats === Number.POSITIVE_INFINITY) continue;
      const start = end + skipped;
      const cost = weight * nats;
      const first = n - start >= SLIPPED ? exactly(0, end) : -1;
      if (first >= 0) found.push({ exact: first, start, end: n, comesFirst: true, cost });
      const second = end >= SLIPPED ? exactly(start, n) : -1;
      if (second >= 0) found.push({ exact: second, start: 0, end, comesFirst: false, cost });
    }
  }
  return found;
}
