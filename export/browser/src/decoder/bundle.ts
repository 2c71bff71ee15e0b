// The bundle file, as export/README.md lays it out: header, manifest, sections.

export interface Shape {
  vocab_size: number;
  n_layer: number;
  n_head: number;
  head_dim: number;
  context_len: number;
  hop: number;
  slots: number;
  buckets: number[];
}

export interface SelfCheck {
  tokens: number[];
  top_tokens: number[][];
  top_logprobs: number[][];
  tolerance: number;
}

export interface Bundle {
  shape: Shape;
  selfCheck: SelfCheck;
  language: string;
  /** SHA-256 of the manifest, hex: names the whole file */
  checksum: string;
  sections: Map<string, Uint8Array>;
}

const MAGIC = [0x89, 0x41, 0x43, 0x42, 0x0d, 0x0a, 0x1a, 0x0a];
const HEADER = 56;

export class BundleError extends Error {}

/** Read and verify a bundle; every part is held to its sum. */
export async function readBundle(data: Uint8Array): Promise<Bundle> {
  if (data.length < HEADER || MAGIC.some((byte, place) => data[place] !== byte)) {
    throw new BundleError("this file is no bundle: fetch it again, in binary");
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (view.getUint32(8, true) !== 1) throw new BundleError("this bundle has another format version: update this page");
  if (view.getUint32(12, true) !== 1) throw new BundleError("this bundle was never finished: fetch it again");
  const length = Number(view.getBigUint64(16, true));
  if (HEADER + length > data.length) throw new BundleError("this bundle ends inside its manifest: fetch it again");
  const text = data.subarray(HEADER, HEADER + length);
  const checksum = await sha256(text);
  if (checksum !== hex(data.subarray(24, 56))) throw new BundleError("the manifest was altered: fetch the bundle again");
  const manifest = JSON.parse(new TextDecoder().decode(text));
  const sections = new Map<string, Uint8Array>();
  for (const [name, place] of Object.entries<{ offset: number; length: number; sha256: string }>(manifest.sections)) {
    if (place.offset + place.length > data.length) {
      throw new BundleError(`this bundle ends inside its section ${name}: fetch it again`);
    }
    const section = data.subarray(place.offset, place.offset + place.length);
    if ((await sha256(section)) !== place.sha256) {
      throw new BundleError(`the section ${name} was altered: fetch the bundle again`);
    }
    sections.set(name, section);
  }
  return {
    shape: manifest.shape,
    selfCheck: manifest.self_check,
    language: manifest.language,
    checksum,
    sections,
  };
}

export function section(bundle: Bundle, name: string): Uint8Array {
  const found = bundle.sections.get(name);
  if (!found) throw new BundleError(`this bundle has no section ${name}: make it again`);
  return found;
}

async function sha256(data: Uint8Array): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", data as BufferSource)));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
