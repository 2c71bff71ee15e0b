// Words that people write though the lexicon does not list them, and misspellings they keep making, as in
// autocomplete/attested.py: hashes with a class of frequency each.

const HEADER = 8;
const CLASSES = 16;
const MISSPELT = 0;
const STEP = 0.5;

export class Attested {
  private readonly entries: Uint32Array;

  /** `data` is the section of a bundle; without one no word is attested. */
  constructor(data?: Uint8Array) {
    if (data && new TextDecoder().decode(data.subarray(0, 4)) !== "ATT1") {
      throw new Error("the section of attested words begins with something else");
    }
    const count = data ? new DataView(data.buffer, data.byteOffset).getUint32(4, true) : 0;
    const view = data && new DataView(data.buffer, data.byteOffset + HEADER, 4 * count);
    this.entries = Uint32Array.from({ length: count }, (_, place) => view?.getUint32(4 * place, true) ?? 0);
  }

  /** How often a lower-case word is meant: powers of ten above once in a billion words, 0 if never. */
  frequency(word: string): number {
    return (this.classOf(word) ?? 0) * STEP;
  }

  /** Whether lower-case letters are a misspelling that people keep making. */
  isMisspelt(word: string): boolean {
    return this.classOf(word) === MISSPELT;
  }

  private classOf(word: string): number | undefined {
    const hashed = hashOf(word);
    const least = hashed - (hashed % CLASSES);
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.entries[middle] < least) low = middle + 1;
      else high = middle;
    }
    const found = low < this.entries.length ? this.entries[low] - least : CLASSES;
    return found < CLASSES ? found : undefined;
  }
}

/** FNV-1a of the UTF-8 bytes, 32 bits. */
export function hashOf(word: string): number {
  let hashed = 2166136261;
  for (const byte of new TextEncoder().encode(word)) hashed = Math.imul(hashed ^ byte, 16777619);
  return hashed >>> 0;
}
