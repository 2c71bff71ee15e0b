// The graph, run by LiteRT.js in WebAssembly.

import { loadAndCompile, loadLiteRt, Tensor } from "@litertjs/core";
import type { Graph } from "./decoder/model.ts";

let runtime: Promise<unknown> | null = null;

/** Compile a graph; `wasm` is the folder that holds the runtime, which is loaded once. */
export async function openGraph(graph: Uint8Array, wasm: string): Promise<Graph> {
  runtime ??= loadLiteRt(wasm);
  await runtime;
  const model = await loadAndCompile(graph.slice(), { accelerator: "wasm" });
  const shapes = new Map(model.getInputDetails().map(({ name, shape }) => [name, shape]));
  return async (inputs) => {
    const tensors: Record<string, Tensor> = {};
    for (const [name, data] of Object.entries(inputs)) tensors[name] = new Tensor(data, shapes.get(name));
    const out = await model.run(tensors);
    const outputs = {
      logprobs: out.logprobs.toTypedArray() as Float32Array,
      newK: out.new_k.toTypedArray() as Float32Array,
      newV: out.new_v.toTypedArray() as Float32Array,
    };
    for (const tensor of [...Object.values(tensors), ...Object.values(out)]) tensor.delete();
    return outputs;
  };
}
