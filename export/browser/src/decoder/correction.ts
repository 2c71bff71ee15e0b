// Whether a finished word is replaced without being asked, as in autocomplete/correction.py: the evidence, which engine.ts
// gathers, its features, and a logistic regression over them.

import { NEIGHBOURS, type Mistake, MISTAKES } from "./mistakes.ts";
import { isAlphabetic, isUpper } from "./text.ts";

const LONGEST = 24;
const SHORT = 3;
const LONG = 12;
const FURTHEST = 12;
const BEYOND = 4;
const NEAR = 2;
const RAREST = -40;
const SURE = 0.75;
const SURE_OF_CASE = 0.6;
/** In the order of `features`: where letters change, and where only case, apostrophes or accents do. */
const RESPELLED = [
  2.71, 0.16, -0.27, 0.05, 0.39, 0.24, 0.14, -0.19, -0.92, 0.16, -0.22, -0.61, -0.54, -0.27, -0.17, -2.5, 0.59, -0.32,
  -0.05, 0.04, -0.61, -0.47, 2.36, 1.24, -1.68, -1.58, -0.33, -0.04, 0, 1.11, 0.58, 1.71, -3.4, -1.14, 1.53, 1.14,
  -2.03, -0.38, -1.16, 1.38, 1.42, -0.69, 0.12, -0.29, 0.92, -0.84, -0.36,
]; // prettier-ignore
const RECASED = [
  -1.36, 0.04, 0, 0, 0.93, 0, 0, 0, -1.31, 0.53, 0, 1.13, -0.16, 0, 0, 0, 0, 0, 0, 0, 0, -1.08, 0, 0, -0.23, -1.79, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]; // prettier-ignore

/** What replaces what was typed at the caret, before the key that ended it. */
export interface Correction {
  typed: string;
  word: string;
  /** estimated probability that it is what was meant */
  confidence: number;
}

/** What a decision rests on, for one other reading of what was typed; nats where nothing else is said. */
export interface Evidence {
  typed: string;
  word: string;
  /** natural log of its probability in the context */
  logprob: number;
  /** score of what was typed */
  literal: number;
  /** by which its score exceeds that, or that of what was typed in another case */
  margin: number;
  /** by which its score exceeds that of the next other reading */
  lead: number;
  /** natural log of its probability in running text */
  frequency: number;
  /** what was typed is a word */
  exists: boolean;
  /** what was typed has a capital that the place does not ask for */
  name: boolean;
  mistake: Mistake;
  cost: number;
  /** it is known where the keys were touched */
  touched: boolean;
  /** how often what was typed is seen elsewhere if it is no word of the lexicon, powers of ten above once in 1e9 */
  attested: number;
  /** what was typed is a misspelling that people keep making */
  misspelt: boolean;
  /** whether sentences of who writes begin with capitals (1), small (-1), or 0 */
  capitals: number;
  /** natural log of the share of words before that no list has */
  unlisted: number;
}

export function features(evidence: Evidence): number[] {
  const { typed, word, exists, mistake, cost, touched } = evidence;
  const letters = Array.from(typed).length;
  const margin = Math.max(-FURTHEST, Math.min(FURTHEST, evidence.margin));
  const lead = Math.min(FURTHEST, evidence.lead);
  const unseen = !exists && evidence.attested === 0;
  const bare = word.includes("'") && !typed.includes("'");
  return [
    1,
    margin,
    Math.max(0, margin - BEYOND),
    lead,
    Math.min(NEAR, lead),
    Math.max(RAREST, evidence.logprob),
    evidence.frequency,
    Math.max(RAREST, evidence.literal),
    Number(exists),
    exists ? margin : 0,
    evidence.misspelt ? margin : 0,
    Number(evidence.name),
    Number(letters <= SHORT),
    Number(letters === 1),
    Math.min(letters, LONG),
    Number(unseen),
    unseen ? Math.min(letters, LONG) : 0,
    cost,
    NEIGHBOURS.includes(mistake) ? cost : 0,
    touched ? cost : 0,
    Number(touched),
    evidence.attested,
    Number(evidence.misspelt),
    Number(hasDigit(typed) && !hasDigit(word)),
    Number(bare),
    Number(bare && evidence.capitals < 0),
    Number(evidence.capitals < 0),
    evidence.unlisted,
    ...MISTAKES.map((one) => Number(one === mistake && !evidence.misspelt)),
  ];
}

function hasDigit(text: string): boolean {
  return /\p{Nd}/u.test(text);
}

function confidenceOf(evidence: Evidence): number {
  const weights = evidence.mistake === "case" ? RECASED : RESPELLED;
  const value = features(evidence).reduce((sum, feature, place) => sum + weights[place] * feature, 0);
  return 1 / (1 + Math.exp(-value));
}

/** Make a correction of the reading that is surest, of those that are sure enough; of equals, the first. */
export function decide(readings: Evidence[]): Correction | null {
  const [best] = readings
    .map((evidence) => ({ evidence, confidence: confidenceOf(evidence) }))
    .filter(({ evidence, confidence }) => confidence >= (evidence.mistake === "case" ? SURE_OF_CASE : SURE))
    .sort((one, other) => other.confidence - one.confidence);
  return best ? { typed: best.evidence.typed, word: best.evidence.word, confidence: best.confidence } : null;
}

/**
 * Whether a word is never replaced: capitals inside, several scripts, no letter, very many. Where words are
 * `stressed`, capitals throughout are no sign of an abbreviation.
 */
export function isLeftAlone(typed: string, stressed = false): boolean {
  const characters = Array.from(typed);
  const letters = characters.filter(isAlphabetic);
  const throughout = stressed && letters.some(isUpper) && typed === typed.toUpperCase();
  const innerCapital = characters.slice(1).some(isUpper) && !throughout;
  return !letters.length || innerCapital || new Set(letters.map(script)).size > 1 || letters.length > LONGEST;
}

// Python goes by the first word of a character's name; for letters that people mix up, it is the script's.
const SCRIPTS = ["Latin", "Greek", "Cyrillic", "Armenian", "Hebrew", "Arabic", "Devanagari", "Thai", "Georgian", "Hangul",
  "Hiragana", "Katakana", "Han"].map((name) => new RegExp(`\\p{Script=${name}}`, "u")); // prettier-ignore

function script(letter: string): number {
  return SCRIPTS.findIndex((members) => members.test(letter));
}
