// The language model: the bundle's graph over a cache that is owned here, as in autocomplete/tflite_lm.py.
// What runs the graph comes in as a function, so that the same code runs under tests that have none.

import type { SelfCheck, Shape } from "./bundle.ts";

export interface Outputs {
  /** float32 [bucket, vocab_size] */
  logprobs: Float32Array;
  /** float32 [n_layer, n_head, bucket, head_dim] */
  newK: Float32Array;
  newV: Float32Array;
}

export interface Inputs {
  tokens: Int32Array;
  positions: Int32Array;
  mask: Float32Array;
  k: Float32Array;
  v: Float32Array;
}

export type Graph = (inputs: Inputs) => Promise<Outputs>;

interface Block {
  tokens: number[];
  k: Float32Array;
  v: Float32Array;
}

/** A context that was read: a function of its tokens, however they were reached. */
export interface State {
  tokens: number[];
  logprobs: Float32Array;
  blocks: Block[];
}

export const CONTEXT = -1;
const HIDDEN = -10000;

export class LanguageModel {
  readonly beamSize: number;
  readonly maxRounds: number;
  /** calls of the graph so far */
  calls = 0;
  private readonly k: Float32Array;
  private readonly v: Float32Array;
  private readonly loaded = new Map<number, Block>();

  constructor(
    private readonly graph: Graph,
    readonly shape: Shape,
  ) {
    if (shape.buckets.length !== 1) throw new Error("this page knows bundles of one bucket: make the bundle again");
    this.beamSize = shape.buckets[0];
    this.maxRounds = Math.floor((shape.slots - shape.context_len) / this.beamSize);
    const size = shape.n_layer * shape.n_head * shape.slots * shape.head_dim;
    this.k = new Float32Array(size);
    this.v = new Float32Array(size);
  }

  /** Read a context, reusing the blocks that `previous` has in common with it. */
  async start(tokens: number[], previous: State | null = null): Promise<State> {
    if (previous && same(previous.tokens, tokens)) return previous;
    const parts = this.cut(tokens);
    const old = previous?.blocks ?? [];
    let kept = 0;
    // the last block is read anew even if it is known, for its logprobs
    while (kept < Math.min(parts.length - 1, old.length) && same(old[kept].tokens, parts[kept])) kept++;
    const blocks = old.slice(0, kept);
    const rows = await this.read(parts.slice(kept), blocks);
    return { tokens, logprobs: rows[rows.length - 1].slice(), blocks };
  }

  /** Give the logprobs after each of some tokens that follow a context: one row each. */
  async follow(state: State, tokens: number[]): Promise<Float32Array[]> {
    const { buckets } = this.shape;
    const parts = this.cut([...state.tokens, ...tokens]);
    const seen = parts.reduce((sum, part) => sum + part.length, 0);
    const first = Math.floor((seen - tokens.length) / buckets[0]); // the block that holds the first token
    let kept = 0;
    while (kept < Math.min(first, state.blocks.length) && same(state.blocks[kept].tokens, parts[kept])) kept++;
    const rows = await this.read(parts.slice(kept), state.blocks.slice(0, kept));
    return rows.slice(-tokens.length);
  }

  /** Read parts that follow blocks, which grow by them; give the logprobs after each token. */
  private async read(parts: number[][], blocks: Block[]): Promise<Float32Array[]> {
    const { slots, vocab_size, buckets } = this.shape;
    const found: Float32Array[] = [];
    for (const part of parts) {
      this.load(blocks);
      const past = blocks.length * buckets[0];
      const rows = part.map((_, row) => row);
      const out = await this.call(
        part,
        rows.map((row) => past + row),
        rows.map((row) => [range(0, past), range(slots, slots + row + 1)]),
      );
      blocks.push({ tokens: part, k: out.newK, v: out.newV });
      for (const row of rows) found.push(out.logprobs.subarray(row * vocab_size, (row + 1) * vocab_size));
    }
    return found;
  }

  /** What is within reach of the last token, in blocks. */
  private cut(tokens: number[]): number[][] {
    const { context_len, hop, buckets } = this.shape;
    const over = Math.max(0, tokens.length - context_len);
    const seen = tokens.slice(Math.ceil(over / hop) * hop);
    const parts: number[][] = [];
    for (let at = 0; at < seen.length; at += buckets[0]) parts.push(seen.slice(at, at + buckets[0]));
    return parts;
  }

  /** Open a search; it ends when another is opened or a context is read. */
  search(state: State): Search {
    this.load(state.blocks);
    const length = state.blocks.reduce((sum, block) => sum + block.tokens.length, 0);
    return new Search(this, length);
  }

  /** Give the greatest difference from the known values of the bundle. */
  async largestDifference(check: SelfCheck): Promise<number> {
    const state = await this.start(check.tokens);
    const rows = [state.logprobs, await this.search(state).score([CONTEXT], [check.top_tokens[0][0]])];
    return Math.max(
      ...rows.flatMap((row, place) =>
        check.top_tokens[place].map((token, rank) => Math.abs(row[token] - check.top_logprobs[place][rank])),
      ),
    );
  }

  /** Run rows that see ranges of the mask's columns. */
  async call(tokens: number[], positions: number[], seen: [number, number][][]): Promise<Outputs> {
    const bucket = this.beamSize;
    const columns = this.shape.slots + bucket;
    const inputs = {
      tokens: new Int32Array(bucket),
      positions: new Int32Array(bucket),
      mask: new Float32Array(bucket * columns).fill(HIDDEN),
      k: this.k,
      v: this.v,
    };
    inputs.tokens.set(tokens);
    inputs.positions.set(positions);
    seen.forEach((ranges, row) => {
      for (const [from, to] of ranges) inputs.mask.fill(0, row * columns + from, row * columns + to);
    });
    this.calls++;
    return this.graph(inputs);
  }

  /** Copy new keys and values to consecutive slots. */
  put(slot: number, count: number, newK: Float32Array, newV: Float32Array): void {
    const { n_layer, n_head, head_dim, slots } = this.shape;
    for (const [cache, fresh] of [
      [this.k, newK],
      [this.v, newV],
    ]) {
      for (let head = 0; head < n_layer * n_head; head++) {
        const from = head * this.beamSize * head_dim;
        cache.set(fresh.subarray(from, from + count * head_dim), (head * slots + slot) * head_dim);
      }
    }
  }

  private load(blocks: Block[]): void {
    blocks.forEach((block, place) => {
      if (this.loaded.get(place) === block) return;
      this.put(place * this.beamSize, this.beamSize, block.k, block.v);
      this.loaded.set(place, block);
    });
  }
}

/** One search: node i stands in the i-th slot after the context's. */
export class Search {
  private readonly depths: number[] = [];
  private readonly ancestors: number[][] = [];

  constructor(
    private readonly model: LanguageModel,
    private readonly length: number,
  ) {}

  /** Append tokens to nodes; gives float32 [n, vocab_size]. */
  async score(parents: number[], tokens: number[]): Promise<Float32Array> {
    const { slots, context_len } = this.model.shape;
    const first = this.depths.length;
    const seen: [number, number][][] = [];
    const positions: number[] = [];
    parents.forEach((parent, row) => {
      const above = parent === CONTEXT ? [] : this.ancestors[parent];
      const depth = parent === CONTEXT ? 0 : this.depths[parent];
      positions.push(this.length + depth);
      seen.push([range(0, this.length), ...above.map((slot) => range(slot, slot + 1)), range(slots + row, slots + row + 1)]);
      this.depths.push(depth + 1);
      this.ancestors.push([...above, context_len + first + row]);
    });
    const out = await this.model.call(tokens, positions, seen);
    this.model.put(context_len + first, tokens.length, out.newK, out.newV);
    return out.logprobs.subarray(0, tokens.length * this.model.shape.vocab_size);
  }
}

const range = (from: number, to: number): [number, number] => [from, to];

const same = (a: number[], b: number[]): boolean => a.length === b.length && a.every((token, at) => token === b[at]);
