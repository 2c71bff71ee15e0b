// Several ways that a text may go on, followed side by side, as in autocomplete/paths.py.

import { CONTEXT, type LanguageModel, type State } from "./model.ts";

/** A path of tokens that was followed. */
export interface Followed {
  path: number[];
  /** its logprob, given the context */
  sum: number;
  /** logprobs of the token after it */
  row: Float32Array;
}

/** Follow paths of tokens after a context, a call for each token of the longest. */
export async function followPaths(lm: LanguageModel, state: State, paths: number[][]): Promise<Followed[]> {
  const search = lm.search(state);
  const size = lm.shape.vocab_size;
  const ways = paths.map((path) => ({ path, node: CONTEXT, sum: 0, row: state.logprobs }));
  let count = 0;
  for (let depth = 0; ; depth++) {
    const open = ways.filter(({ path }) => depth < path.length);
    if (!open.length) return ways;
    for (const way of open) way.sum += way.row[way.path[depth]];
    const logprobs = await search.score(
      open.map(({ node }) => node),
      open.map(({ path }) => path[depth]),
    );
    open.forEach((way, number) => {
      way.node = count + number;
      way.row = logprobs.slice(number * size, (number + 1) * size);
    });
    count += open.length;
  }
}
