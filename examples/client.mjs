// Completes a text from Node through `autocomplete serve`: node examples/client.mjs "See you tomo"
//
// Each character is sent as it is typed, none waits for an answer: the server leaves out what a newer key made pointless.
// Then the first suggestion is taken. AUTOCOMPLETE names the program, if it is not on the path.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const [program, ...first] = (process.env.AUTOCOMPLETE ?? "autocomplete").split(" ");
const server = spawn(program, [...first, "serve"], { stdio: ["pipe", "pipe", "inherit"] });
const waiting = new Map();
let count = 0;

createInterface({ input: server.stdout }).on("line", (line) => {
  const { id, result, error } = JSON.parse(line);
  const { resolve, reject } = waiting.get(id);
  waiting.delete(id);
  if (error) reject(Object.assign(new Error(error.message), { code: error.code }));
  else resolve(result);
});

function call(method, params) {
  const id = ++count;
  server.stdin.write(JSON.stringify({ jsonrpc: "2.0", id, method, params }) + "\n");
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

// What an app does with an edit; characters are code points.
function apply(text, edit) {
  if (!edit) return text;
  const characters = [...text];
  return characters.slice(0, characters.length - edit.delete_left).join("") + edit.insert_text;
}

const field = "example";
const CANCELLED = -32800;
let text = process.argv[2] ?? "See you tomo";
await call("open", { field });
const answers = await Promise.allSettled([...text].map((character) => call("type", { field, text: character })));
const cancelled = answers.filter(({ reason }) => reason?.code === CANCELLED).length;
const state = answers.at(-1).value;
text = apply(text, state.edit);
console.log(state.suggestions.map(({ word }) => word).join("  "));
if (state.suggestions.length) {
  text = apply(text, (await call("accept", { field, revision: state.revision, index: 0 })).edit);
}
console.log(text);
console.error(`${answers.length} keys, ${cancelled} of them cancelled for a newer one`);
await call("close", { field });
server.stdin.end();
