// Pieces: a SentencePiece BPE model with byte fallback, applied chunk by chunk, as in autocomplete/tokenizer.py.

import { chunks, isAlphabetic } from "./text.ts";

const START = 2;
const BREAK = 3;
const NORMAL = 1;
const USER_DEFINED = 4;
const BYTE = 6;

export class Tokenizer {
  readonly pieces: string[] = [];
  /** 1 where a piece can only follow a finished word */
  readonly isBoundary: Uint8Array;
  private readonly scores: number[] = [];
  private readonly tokens = new Map<string, number>();
  private readonly byteTokens = new Map<number, number>();
  private readonly encoded = new Map<string, number[]>();

  constructor(model: Uint8Array) {
    for (const { piece, score, type } of readPieces(model)) {
      const token = this.pieces.push(piece) - 1;
      this.scores.push(score);
      if (type === NORMAL || type === USER_DEFINED) this.tokens.set(piece, token);
      if (type === BYTE) this.byteTokens.set(Number.parseInt(piece.slice(1, -1), 16), token);
    }
    if (this.pieces.slice(0, 4).join() !== "<pad>,<unk>,<s>,<n>") {
      throw new Error("the SentencePiece model is not one of this project: make the bundle again");
    }
    const bytes = new Set(this.byteTokens.values());
    this.isBoundary = Uint8Array.from(this.pieces, (piece, token) =>
      Number(token <= BREAK || bytes.has(token) || !continuesWord(piece)),
    );
  }

  /** Encode normalised text; a leading space marks a word start. */
  encode(text: string): number[] {
    return chunks(text).flatMap((chunk) => this.encodeChunk(chunk));
  }

  /** Encode what stands before the caret as the model reads it: <s>, then each line with a leading space. */
  encodeContext(context: string): number[] {
    const tokens = [START];
    context.split("\n").forEach((line, number) => {
      if (number) tokens.push(BREAK);
      const stripped = line.replace(/^ +| +$/g, "");
      if (stripped) tokens.push(...this.encode(` ${stripped}`));
    });
    return tokens;
  }

  private encodeChunk(chunk: string): number[] {
    if (chunk === "\n") return [BREAK];
    let tokens = this.encoded.get(chunk);
    if (!tokens) {
      tokens = this.merge(Array.from(chunk.replaceAll(" ", "▁")));
      if (this.encoded.size > 16384) this.encoded.clear();
      this.encoded.set(chunk, tokens);
    }
    return tokens;
  }

  /** Byte-pair encoding: join the neighbours that make the piece of the highest score, the leftmost first. */
  private merge(symbols: string[]): number[] {
    for (;;) {
      let best = -1;
      let score = Number.NEGATIVE_INFINITY;
      for (let place = 0; place + 1 < symbols.length; place++) {
        const token = this.tokens.get(symbols[place] + symbols[place + 1]);
        if (token !== undefined && this.scores[token] > score) [best, score] = [place, this.scores[token]];
      }
      if (best < 0) break;
      symbols.splice(best, 2, symbols[best] + symbols[best + 1]);
    }
    return symbols.flatMap((symbol) => {
      const token = this.tokens.get(symbol);
      if (token !== undefined) return [token];
      return Array.from(new TextEncoder().encode(symbol), (byte) => this.byteTokens.get(byte) ?? 1);
    });
  }
}

function continuesWord(piece: string): boolean {
  const [first, second] = Array.from(piece);
  return isAlphabetic(first) || (first === "'" && second !== undefined && isAlphabetic(second));
}

/** Read the pieces out of a serialised ModelProto: field 1, each with piece = 1, score = 2, type = 3. */
function* readPieces(data: Uint8Array): Generator<{ piece: string; score: number; type: number }> {
  for (const [field, value] of readFields(data)) {
    if (field !== 1 || !(value instanceof Uint8Array)) continue;
    const found = { piece: "", score: 0, type: NORMAL };
    for (const [inner, content] of readFields(value)) {
      if (inner === 1 && content instanceof Uint8Array) found.piece = new TextDecoder().decode(content);
      if (inner === 2 && content instanceof Uint8Array) {
        found.score = new DataView(content.buffer, content.byteOffset).getFloat32(0, true);
      }
      if (inner === 3 && typeof content === "number") found.type = content;
    }
    yield found;
  }
}

/** Walk over the fields of a protocol buffer message. */
function* readFields(data: Uint8Array): Generator<[number, number | Uint8Array]> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = data[at++];
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  const bytes = (length: number): Uint8Array => {
    at += length;
    return data.subarray(at - length, at);
  };
  while (at < data.length) {
    const tag = varint();
    const kind = tag & 7;
    if (kind === 0) yield [tag >>> 3, varint()];
    else if (kind === 1) yield [tag >>> 3, bytes(8)];
    else if (kind === 2) yield [tag >>> 3, bytes(varint())];
    else if (kind === 5) yield [tag >>> 3, bytes(4)];
    else throw new Error("the SentencePiece model cannot be read: make the bundle again");
  }
}
