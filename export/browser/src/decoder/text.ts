// Plain-text rules, as in autocomplete/text.py: normalising, chunks, the word at the caret, truecasing.
// Classes of characters are spelled out where JavaScript's differ from Python's: there \w has no marks, \d is any
// decimal digit, \s also some separators, and a dot stops at line feeds alone.

const S = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
/** What Python calls space, for a class of characters. */
export const SPACE = S;
const W = "\\p{L}\\p{N}_";
/** What Python's \\w holds, for a class of characters. */
export const WORDLIKE = W;
const MARKS = "\\u0300-\\u036f";
export const LETTER = "[\\p{L}\\p{Nl}\\p{No}]";
export const WORD = `${LETTER}(?:${LETTER}|[${MARKS}]|['](?=${LETTER}))*`;

const CHUNK = new RegExp(`\\n| ?${WORD}| ?\\p{Nd}| ?(?:[^${W}${S}]|_)+| ?[^${S}]|[${S}]`, "gu");
const PREFIX = new RegExp(`[\\p{L}\\p{N}](?:[\\p{L}\\p{N}]|[${MARKS}]|['’\\-](?!['’\\-]))*$`, "u");
const MAX_PREFIX = 48;
const LETTERS_OF_SLIP = 2;
const LETTERS_OF_CODE = 3;
const LITERAL = /[@\\_~#]|:\/\/|www\.|^\/|\/[^\n]*\/|^[(\["“]?:(?:[\p{L}\p{N}]{2}|[+\-]1)/iu;
const MEASURE =
  /^\p{Nd}(?:s|sec|secs|st|n|nd|r|rd|t|th|tb|a|am|p|pm|px|pcs|h|hr|hrs|m|mi|min|mins|mph|mg|k|kb|kg|km|cm|mm|x|d|g|b|gb|mb|ml|l|lb|lbs|ft|in|oz|wk|wks|yo|yr|yrs)$/iu;
const NUMBER = /(?:\p{Nd}:|[$£€¥])$/u;

const SHORT = ["[Mm]r", "[Mm]rs", "[Mm]s", "[Dd]r", "Prof", "Jr", "Sr", "St", "vs", "approx", "Ph\\.D", "[a-zA-Z]\\.[a-zA-Z]"];
const STOP = `(?<!\\.)${SHORT.map((short) => `(?<!(?<![${W}])${short})`).join("")}\\.`;
const LIST = `(?:^|\\n)(?:(?:[0-9]{1,2}|[a-zA-Z])[.)][${S}])?`;
const START = `(?:${LIST}|(?:${STOP}|[!?])[!?]*["')\\]]*[${S}])[${S}"'(\\[*\\-]*`;
/** Where a sentence begins, with the marks before its first word and that word as groups. */
export const SENTENCE_WORD = new RegExp(`(${START})(${WORD})`, "gu");
const AT_START = new RegExp(`${START}$`, "u");
const SHOUTED_LINE = new RegExp(
  `^(?=[^\\n]*${LETTER})(?![^\\n]*(?![A-Z])${LETTER})[^\\n]*[A-Z][^\\n]*[${S}][^\\n]*[A-Z][^\\n]*$`,
  "gmu",
);
const ANY_WORD = new RegExp(WORD, "gu");
const LONE_WORD = new RegExp(`(?<![${W}'@#./\\\\-])${WORD}(?![${W}'@/\\\\-]|\\.[${W}])`, "gu");

const REPLACED: Record<string, string> = {
  "’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "…": "...", "–": "-", "—": "-",
}; // prettier-ignore
const TRANSLATED = /[’‘`“”…–—\u00ad\ufeff\u200b-\u200f\x00-\x08\x0e-\x1f\x7f]/gu;
const SPACES = new RegExp(`(?:(?!\\n)[${S}])+`, "gu");
const BREAKS = new RegExp(` ?[\\n\\u2028\\u2029][${S}]*`, "gu");

export const isAlphanumeric = (text: string): boolean => /^[\p{L}\p{N}]+$/u.test(text);
export const isAlphabetic = (character: string): boolean => /^\p{L}+$/u.test(character);

/** The last character, a whole code point; empty for no text. */
export function lastCharacter(text: string): string {
  const unit = text.slice(-1);
  return /[\udc00-\udfff]/.test(unit) ? text.slice(-2) : unit;
}

/** The last `count` code points of a text. */
export function lastCharacters(text: string, count: number): string {
  if (text.length <= count) return text;
  return count ? Array.from(text.slice(-2 * count)).slice(-count).join("") : "";
}

export function casefold(text: string): string {
  return text.toLowerCase().replace(/ß/g, "ss");
}

/** Fold a form to the letters a thumb types for it. */
export function keyOf(form: string): string {
  const folded = casefold(form);
  const bare = /^[\x00-\x7f]*$/.test(folded) ? folded : folded.normalize("NFD").replace(/\p{Mn}/gu, "");
  return bare.replace(/['’]/g, "");
}

export function normalise(text: string): string {
  const translated = text.replace(/\r\n?/g, "\n").replace(TRANSLATED, (character) => REPLACED[character] ?? "");
  return translated.normalize("NFC").replace(SPACES, " ").replace(BREAKS, "\n");
}

export function chunks(text: string): string[] {
  return text.match(CHUNK) ?? [];
}

/** Split text at the caret into context and prefix, the unfinished word. */
export function split(text: string): [string, string] {
  const tail = lastCharacters(text, MAX_PREFIX + 1);
  const prefix = PREFIX.exec(tail)?.[0] ?? "";
  if (Array.from(prefix).length > MAX_PREFIX) return [text, ""];
  return [text.slice(0, text.length - prefix.length), prefix];
}

export function inLiteral(text: string): boolean {
  const tail = text.slice(-256);
  const run = tail.slice(Math.max(tail.lastIndexOf(" "), tail.lastIndexOf("\n"), tail.lastIndexOf("\t")) + 1);
  return LITERAL.test(run);
}

export const isSpace = (character: string): boolean => new RegExp(`^[${S}]$`, "u").test(character);
const JOINS = new RegExp(`^(?:['’\\-_@/\\\\]|[${MARKS}])`, "u");

/** Whether a character typed after `text` ends a word there: anything but letters, digits and joining marks. */
export function endsWord(character: string, text: string): boolean {
  return isAlphanumeric(lastCharacter(text)) && !isAlphanumeric(character) && !JOINS.test(character);
}

/** Whether a number goes on at the caret: after the colon of a time, or the sign of a currency. */
export function inNumber(text: string): boolean {
  return NUMBER.test(lastCharacters(text, 2));
}

/** Tell whether a prefix may be a word: letters, or letters with one digit that may have been hit by mistake; no code. */
export function isWordlike(prefix: string): boolean {
  const digits = (prefix.match(/\p{Nd}/gu) ?? []).length;
  if (digits !== 1) return digits === 0;
  const letters = Array.from(prefix).filter(isAlphabetic);
  const few = letters.length <= LETTERS_OF_CODE && letters.every(isUpper);
  const isCode = few || letters.length < LETTERS_OF_SLIP || prefix.includes("-");
  return !isCode && !MEASURE.test(prefix);
}

/** Cut all but the last one to two hops off a long text, at a word start. */
export function window(text: string, hop = 1024): string {
  const characters = /[\ud800-\udfff]/.test(text) ? Array.from(text) : null;
  const length = characters ? characters.length : text.length;
  const start = (Math.floor(length / hop) - 1) * hop;
  if (start <= 0) return text;
  const rest = characters ? characters.slice(start).join("") : text.slice(start);
  const near = characters ? characters.slice(start, start + hop / 2).join("") : text.slice(start, start + hop / 2);
  const space = near.search(new RegExp(`[${S}]`, "u"));
  return space < 0 ? rest : rest.slice(space + 1);
}

export function atSentenceStart(context: string): boolean {
  return AT_START.test(lastCharacters(context, 64));
}

/** Undo the capitals that only mark a sentence start or shouting. */
export function truecase(text: string, usual: (folded: string) => string | null): string {
  const quiet = text.replace(SHOUTED_LINE, (line) =>
    line.replace(ANY_WORD, (word) => usual(word.toLowerCase()) || word),
  );
  return quiet.replace(SENTENCE_WORD, (_, before: string, word: string) => before + lowered(word, usual));
}

/** Truecase a text of who may use no capitals: words that always have some (`only` gives their form) get them back. */
export function recase(
  text: string,
  usual: (folded: string) => string | null,
  only: (folded: string) => string | null,
): string {
  return truecase(text, usual).replace(LONE_WORD, (word) => only(word) ?? word);
}

function lowered(word: string, usual: (folded: string) => string | null): string {
  const [first, ...rest] = Array.from(word);
  const tail = rest.join("");
  if (!isUpper(first) || (tail && !isLower(tail))) return word;
  const lower = word.toLowerCase();
  return usual(lower) === lower ? lower : word;
}

/** As Python's: some letter has a case, and all that have one have this. */
export const isUpper = (text: string): boolean => text !== text.toLowerCase() && text === text.toUpperCase();
export const isLower = (text: string): boolean => text !== text.toUpperCase() && text === text.toLowerCase();
