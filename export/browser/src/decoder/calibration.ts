// How sure an offer is, as in autocomplete/calibration.py: the probability that it is what was meant. A conditional logit
// over the words of the bar, what is typed, words after those of the bar, and words of no list.

const SCALE = 0.71;
const STEPS = [0.36, 0.23];
const OTHERS = [-1.58, -0.36, 0.1];
const TYPED = { context: 0.15, frequency: 0.36 };
const UNLISTED = [-4.31, -6.89, -12.38, -13.94, -14.99, -16.59];
const SECOND = { atNone: -0.43, each: 0.15 };

/** What is known of the words of a bar when they are offered. */
export interface Bar {
  /** what they rank by, best first: nats; of predictions their logprobs */
  scores: number[];
  /** typed of the word */
  letters: number;
  /** whether there may be more words than are offered */
  isFull: boolean;
  /** natural log of the probability that what is typed is all of the word; minus infinity if it is none */
  typed: number;
  /** whether that is known from the context; else it is the word's frequency */
  inContext: boolean;
}

/** Give for each word of a bar the probability that it is meant; of predictions the one that they have. */
export function confidences({ scores, letters, isFull, typed, inContext }: Bar): number[] {
  if (!letters) return scores.map((logprob) => Math.exp(Math.min(0, logprob)));
  let behind = 0;
  const weights = scores.map((score, place) => {
    behind += place ? STEPS[Math.min(place, STEPS.length) - 1] : 0;
    return SCALE * score - behind;
  });
  weights.push(UNLISTED[Math.min(letters, UNLISTED.length) - 1]);
  if (typed > Number.NEGATIVE_INFINITY) weights.push(SCALE * typed + (inContext ? TYPED.context : TYPED.frequency));
  if (isFull) weights.push(SCALE * scores[scores.length - 1] + OTHERS[Math.min(scores.length, OTHERS.length) - 1]);
  const greatest = Math.max(...weights);
  const shares = weights.map((weight) => Math.exp(weight - greatest));
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.slice(0, scores.length).map((share) => share / total);
}

/** Give the probability that another reading of the words before is meant, of its margin in nats. */
export function confidenceOfSecond(margin: number): number {
  return 1 / (1 + Math.exp(-(SECOND.atNone + SECOND.each * margin)));
}
