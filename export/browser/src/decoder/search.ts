// The search for the words that fit a context and what is typed, as in autocomplete/beam.py and kernels.py.
// Maximises log P(word | context) - cost(typed | word); a hypothesis is bounded by the least cost of the words below it.

import type { Costs } from "./channel.ts";
import { CHILD_END, CHILD_START, END_HERE, type Lexicon, TOKEN, VARIANT, WORD_START } from "./lexicon.ts";
import { CONTEXT, type LanguageModel, type State } from "./model.ts";

const MAX_ROUNDS = 3;
const POOL_SIZE = 64;
const BEAM_THRESHOLD = 9;

export interface Hypothesis {
  word: number;
  logprob: number;
  /** what it ranks by: the logprob less the cost of taking what is typed for it */
  score: number;
}

interface Entry {
  score: number;
  node: number;
  parent: number;
  sum: number;
}

/** The best unexpanded hypotheses, best first; ties go to the lower node. */
class Pool {
  entries: Entry[] = [];

  push(entry: Entry): void {
    const worse = (other: Entry): boolean =>
      other.score < entry.score || (other.score === entry.score && other.node > entry.node);
    if (entry.score === Number.NEGATIVE_INFINITY) return;
    if (this.entries.length === POOL_SIZE) {
      if (!worse(this.entries[POOL_SIZE - 1])) return;
      this.entries.pop();
    }
    let at = this.entries.length;
    while (at > 0 && worse(this.entries[at - 1])) at--;
    this.entries.splice(at, 0, entry);
  }
}

export class BeamSearch {
  private readonly continuing: Int32Array;

  constructor(
    private readonly lm: LanguageModel,
    private readonly lexicon: Lexicon,
    isBoundary: Uint8Array,
  ) {
    this.continuing = Int32Array.from(isBoundary.keys()).filter((token) => !isBoundary[token]);
  }

  /** Find the k best words; `bias` is added to the logprob of a word's first piece. */
  async run(state: State, costs: Costs, k: number, bias: Float32Array | null): Promise<Hypothesis[]> {
    const { nodes, parents } = this.lexicon.trie;
    const pool = new Pool();
    for (let node = 0; node < parents.length && parents[node] === -1; node++) {
      if (costs.nodes[node] === Number.POSITIVE_INFINITY) continue;
      const token = nodes[6 * node + TOKEN];
      const sum = Math.fround(state.logprobs[token] + (bias ? bias[token] : 0));
      pool.push({ score: Math.fround(sum - costs.nodes[node]), node, parent: CONTEXT, sum });
    }
    const search = this.lm.search(state);
    const found = new Map<number, number>();
    let scored = 0;
    for (let round = 0; round < Math.min(MAX_ROUNDS, this.lm.maxRounds); round++) {
      if (!pool.entries.length || this.isSettled(found, costs, pool.entries[0].score, k)) break;
      const expanded = pool.entries.splice(0, this.lm.beamSize);
      const logprobs = await search.score(
        expanded.map((entry) => entry.parent),
        expanded.map((entry) => nodes[6 * entry.node + TOKEN]),
      );
      expanded.forEach((entry, row) => {
        const at = row * this.lm.shape.vocab_size;
        this.finish(found, costs, entry, this.boundary(logprobs, at));
        this.pushChildren(pool, costs, entry, scored + row, logprobs, at);
      });
      scored += expanded.length;
    }
    return this.merge(found, costs).slice(0, k);
  }

  private pushChildren(pool: Pool, costs: Costs, entry: Entry, parent: number, logprobs: Float32Array, at: number): void {
    const { nodes } = this.lexicon.trie;
    const end = nodes[6 * entry.node + CHILD_END];
    for (let child = nodes[6 * entry.node + CHILD_START]; child < end; child++) {
      if (costs.nodes[child] === Number.POSITIVE_INFINITY) continue;
      const sum = Math.fround(entry.sum + logprobs[at + nodes[6 * child + TOKEN]]);
      pool.push({ score: Math.fround(sum - costs.nodes[child]), node: child, parent, sum });
    }
  }

  private finish(found: Map<number, number>, costs: Costs, entry: Entry, boundary: number): void {
    const { nodes, order } = this.lexicon.trie;
    const end = nodes[6 * entry.node + END_HERE];
    for (let place = nodes[6 * entry.node + WORD_START]; place < end; place++) {
      const word = order[place];
      if (costs.words[word] < Number.POSITIVE_INFINITY) found.set(word, Math.fround(entry.sum + boundary));
    }
  }

  /** The logprob that a word ends here: what the pieces that would continue it leave of the probability. */
  boundary(logprobs: Float32Array, at = 0): number {
    let goingOn = 0;
    for (const token of this.continuing) goingOn += Math.exp(logprobs[at + token]);
    return Math.fround(Math.log(Math.max(1 - goingOn, 1e-6)));
  }

  private isSettled(found: Map<number, number>, costs: Costs, bestLeft: number, k: number): boolean {
    const merged = this.merge(found, costs);
    if (!merged.length) return false;
    if (bestLeft < merged[0].score - BEAM_THRESHOLD) return true;
    return merged.length >= k && merged[k - 1].score >= bestLeft;
  }

  /** Add up the spellings of each word, show it in its likeliest one, best word first. */
  private merge(found: Map<number, number>, costs: Costs): Hypothesis[] {
    const { flags, group } = this.lexicon;
    const groups = new Map<number, Hypothesis[]>();
    for (const [word, logprob] of found) {
      const member = { word, logprob, score: logprob - costs.words[word] };
      const members = groups.get(group[word]);
      if (members) members.push(member);
      else groups.set(group[word], [member]);
    }
    const merged: Hypothesis[] = [];
    for (const [shown, members] of groups) {
      const proper = members.filter(({ word }) => !(flags[word] & VARIANT));
      const best = proper.reduce<Hypothesis | null>(
        (a, b) => (!a || b.score > a.score || (b.score === a.score && b.word < a.word) ? b : a),
        null,
      );
      const word = best ? best.word : shown;
      if (flags[word] & VARIANT) continue;
      merged.push({
        word,
        logprob: logSum(members.map((member) => member.logprob)),
        score: logSum(members.map((member) => member.score)),
      });
    }
    return merged.sort((a, b) => b.score - a.score || a.word - b.word);
  }
}

export function logSum(values: number[]): number {
  if (values.length === 1) return values[0];
  const most = Math.max(...values);
  return most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
}
