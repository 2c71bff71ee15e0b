// Whether a finished word is replaced without being asked, as in autocomplete/correction.py: the evidence, which engine.ts
// gathers, its features, and what is made of them: a network where letters change, else a logistic regression.

import respelling from "../../../../autocomplete/respelling.tsv?raw";
import { type Mistake, MISTAKES, VOWELS } from "./mistakes.ts";
import { Network } from "./network.ts";
import { isAlphabetic, isUpper } from "./text.ts";

const LONGEST = 24;
const SHORT = 3;
const LONG = 12;
const FURTHEST = 12;
const NEAR = 2;
const RAREST = -40;
const SURE = 0.8;
const SURE_OF_CASE = 0.6;
/** Where letters change. */
const RESPELLED = new Network(respelling);
/** Where only case, apostrophes or accents do. */
const RECASED: Record<string, number> = {
  one: -2.02,
  margin: 0.01,
  lead_near: 1.53,
  exists: -1.97,
  margin_if_exists: 0.53,
  name: 2.12,
  short: -0.2,
  attested: -0.18,
  apostrophe: -0.22,
  apostrophe_if_small: -3.02,
};

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

export function features(evidence: Evidence): Record<string, number> {
  const { exists, mistake, cost, touched } = evidence;
  const typed = Array.from(evidence.typed.toLowerCase());
  const word = Array.from(evidence.word.toLowerCase().replaceAll("'", ""));
  const margin = Math.max(-FURTHEST, Math.min(FURTHEST, evidence.margin));
  const lead = Math.min(FURTHEST, evidence.lead);
  const bare = evidence.word.includes("'") && !evidence.typed.includes("'");
  const vowels = typed.filter(isVowel).length;
  const more = lettersLeftOut(typed, word);
  return {
    one: 1,
    margin,
    lead,
    lead_near: Math.min(NEAR, lead),
    logprob: Math.max(RAREST, evidence.logprob),
    frequency: evidence.frequency,
    literal: Math.max(RAREST, evidence.literal),
    exists: Number(exists),
    margin_if_exists: exists ? margin : 0,
    name: Number(evidence.name),
    short: Number(typed.length <= SHORT),
    single: Number(typed.length === 1),
    letters: Math.min(typed.length, LONG),
    unseen: Number(!exists && evidence.attested === 0),
    cost,
    touched: Number(touched),
    attested: evidence.attested,
    misspelt: Number(evidence.misspelt),
    digit: Number(typed.some(isDigit) && !word.some(isDigit)),
    apostrophe: Number(bare),
    apostrophe_if_small: Number(bare && evidence.capitals < 0),
    small: Number(evidence.capitals < 0),
    unlisted: evidence.unlisted,
    vowels: vowels / typed.length,
    no_vowel: Number(!vowels),
    shortened: Number(more.length > 0),
    shortened_by_vowels: Number(more.length > 0 && more.every(isVowel)),
    longer: word.length - typed.length,
    same_start: Number(word[0] === typed[0]),
    same_end: Number(word.at(-1) === typed.at(-1)),
    ...Object.fromEntries(MISTAKES.map((one) => [one, Number(one === mistake && !evidence.misspelt)])),
  };
}

/** The letters that a word has more, if what was typed has no other ones and all in the same order. */
function lettersLeftOut(typed: string[], word: string[]): string[] {
  let at = 0;
  const left = word.filter((letter) => {
    if (letter !== typed[at]) return true;
    at += 1;
    return false;
  });
  return at === typed.length ? left : [];
}

function isVowel(letter: string): boolean {
  return VOWELS.includes(letter);
}

function isDigit(character: string): boolean {
  return /\p{Nd}/u.test(character);
}

function confidenceOf(evidence: Evidence): number {
  const found = features(evidence);
  if (evidence.mistake !== "case") return RESPELLED.of(found);
  const value = Object.entries(RECASED).reduce((sum, [name, weight]) => sum + weight * found[name], 0);
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
