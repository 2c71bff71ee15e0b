// Whether a finished word is replaced without being asked, as in autocomplete/correction.py: the evidence, which engine.ts
// gathers, its features, and a logistic regression over them.

import { isAlphabetic, isUpper } from "./text.ts";

const LONGEST = 24;
const SHORT = 3;
const FURTHEST = 12;
const SURE = 0.7;
/** In the order of `features`: where letters change, and where only case, apostrophes or accents do. */
const RESPELLED = [0.53, 0.2, 0.11, -0.75, -0.63, 0.38, -0.27, 0.48, 0.77, -0.1, 0.1, -1.07, 0.5, 0.02, -0.49, 0.48, 2.34];
const RECASED = [-2.01, 0.09, 0.28, -1.98, -5.1, 0.4, 0.0, 0.88, 0.0, -0.11, 0.0, -2.47, 0.0, 0.0, -0.51, 0.0, 0.0];

/** What replaces what was typed at the caret, before the key that ended it. */
export interface Correction {
  typed: string;
  word: string;
  /** estimated probability that it is what was meant */
  confidence: number;
}

/** What a decision rests on; nats where nothing else is said. */
export interface Evidence {
  typed: string;
  word: string;
  /** by which its score exceeds that of what was typed */
  margin: number;
  /** by which its score exceeds that of the next other reading */
  lead: number;
  /** what was typed is a word */
  exists: boolean;
  /** what was typed has a capital that the place does not ask for */
  name: boolean;
  /** only case, apostrophes or accents would change */
  recased: boolean;
  /** letters would change only for those beside them on the keyboard, or change places */
  slip: boolean;
  /** one letter would go that came in as fingers slip */
  stray: boolean;
  cost: number;
  /** how often what was typed is seen elsewhere if it is no word of the lexicon, powers of ten above once in 1e9 */
  attested: number;
  /** what was typed is a misspelling that people keep making */
  misspelt: boolean;
}

export function features(evidence: Evidence): number[] {
  const { typed, word, exists, name, slip, stray, cost, attested, misspelt } = evidence;
  const letters = Array.from(typed).length;
  const spaces = word.split(" ").length - typed.split(" ").length;
  const margin = Math.max(-FURTHEST, Math.min(FURTHEST, evidence.margin));
  const lead = Math.min(FURTHEST, evidence.lead);
  return [
    1,
    margin,
    lead,
    Number(exists),
    Number(name),
    exists ? margin : 0,
    Number(slip),
    Number(letters <= SHORT),
    Number(stray),
    cost,
    slip ? cost : 0,
    attested,
    Number(spaces > 0),
    Number(spaces < 0),
    Number(Array.from(word).length === letters + 1 && spaces === 0),
    Number(hasDigit(typed) && !hasDigit(word)),
    Number(misspelt),
  ];
}

function hasDigit(text: string): boolean {
  return /\p{Nd}/u.test(text);
}

/** Make a correction of evidence that suffices. */
export function decide(evidence: Evidence | null): Correction | null {
  if (!evidence) return null;
  const weights = evidence.recased ? RECASED : RESPELLED;
  const value = features(evidence).reduce((sum, feature, place) => sum + weights[place] * feature, 0);
  const confidence = 1 / (1 + Math.exp(-value));
  return confidence < SURE ? null : { typed: evidence.typed, word: evidence.word, confidence };
}

/** Whether a word is never replaced: capitals inside, several scripts, single letters but `i`, a lone digit. */
export function isLeftAlone(typed: string): boolean {
  const characters = Array.from(typed);
  const letters = characters.filter(isAlphabetic);
  const innerCapital = characters.slice(1).some(isUpper);
  const short = characters.length < 2 && typed !== "i";
  return short || !letters.length || innerCapital || new Set(letters.map(script)).size > 1 || letters.length > LONGEST;
}

// Python goes by the first word of a character's name; for letters that people mix up, it is the script's.
const SCRIPTS = ["Latin", "Greek", "Cyrillic", "Armenian", "Hebrew", "Arabic", "Devanagari", "Thai", "Georgian", "Hangul",
  "Hiragana", "Katakana", "Han"].map((name) => new RegExp(`\\p{Script=${name}}`, "u")); // prettier-ignore

function script(letter: string): number {
  return SCRIPTS.findIndex((members) => members.test(letter));
}
