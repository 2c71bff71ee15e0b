// The page: a text area, three words, a keyboard, and what it all costs and saves.

import { readBundle } from "./decoder/bundle.ts";
import { Autocompleter, type Suggestion } from "./decoder/engine.ts";
import { atSentenceStart } from "./decoder/text.ts";
import { buildKeyboard } from "./keyboard.ts";
import { layout } from "./layout.ts";
import { openGraph } from "./litert.ts";

declare global {
  interface Window {
    /** for tests and the curious */
    autocomplete?: { engine: Autocompleter; answered: number; milliseconds: number[] };
  }
}

const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const area = element<HTMLTextAreaElement>("text");
const bar = element("bar");
const status = element("status");

function start(engine: Autocompleter): void {
  const shared = { engine, answered: 0, milliseconds: [] as number[] };
  window.autocomplete = shared;
  let asked = 0;
  let keys = 0;
  let shown: Suggestion[] = [];

  const press = buildKeyboard(element("keys"), layout, {
    type: (character) => replace(0, character, 1),
    backspace: () => {
      if (area.selectionStart !== area.selectionEnd) replace(0, "", 1);
      else replace(1, "", 1);
    },
  });

  /** Delete characters before the caret, or what is selected; insert a text; count keys. */
  function replace(deleteLeft: number, insert: string, cost: number): void {
    const before = area.value.slice(0, area.selectionStart);
    const left = Array.from(before).slice(Math.max(0, Array.from(before).length - deleteLeft));
    area.setRangeText(insert, area.selectionStart - left.join("").length, area.selectionEnd, "end");
    keys += cost;
    void update();
  }

  async function update(): Promise<void> {
    const mine = ++asked;
    const text = area.value.slice(0, area.selectionStart);
    press(atSentenceStart(text));
    await Promise.resolve();
    if (mine !== asked) return; // a newer key came
    const begun = performance.now();
    const found = await engine.suggest(text);
    const took = performance.now() - begun;
    if (mine !== asked) return;
    shared.milliseconds.push(took);
    shown = found;
    render(took);
    shared.answered = mine;
  }

  function render(took: number): void {
    bar.replaceChildren(
      ...shown.map((suggestion, place) => {
        const made = document.createElement("button");
        made.type = "button";
        const number = document.createElement("small");
        number.textContent = String(place + 1);
        number.setAttribute("aria-hidden", "true");
        made.append(number, suggestion.word);
        made.setAttribute("aria-keyshortcuts", `Alt+${place + 1}`);
        made.addEventListener("pointerdown", (event) => event.preventDefault());
        made.addEventListener("click", () => take(place));
        return made;
      }),
    );
    const length = Array.from(area.value).length;
    const saved = Math.max(0, length - keys);
    const share = length ? Math.round((100 * saved) / length) : 0;
    element("figures").textContent = `${took.toFixed(1)} ms · ${keys} keys for ${length} characters · ${saved} saved (${share} %)`;
    element("spoken").textContent = shown.map(({ word }) => word).join(", ");
  }

  function take(place: number): void {
    const suggestion = shown[place];
    if (!suggestion) return;
    shown = [];
    replace(suggestion.deleteLeft, suggestion.insertText, 1);
    area.focus();
  }

  area.addEventListener("input", (event) => {
    const typed = event as InputEvent;
    if (area.value === "") keys = 0;
    else keys += typed.inputType === "insertText" ? Array.from(typed.data ?? "").length : 1;
    void update();
  });
  area.addEventListener("keydown", (event) => {
    if (event.altKey && /^[123]$/.test(event.key)) {
      event.preventDefault();
      take(Number(event.key) - 1);
    }
  });
  for (const moved of ["keyup", "pointerup"]) {
    area.addEventListener(moved, (event) => {
      const key = (event as KeyboardEvent).key ?? "";
      if (moved === "pointerup" || key.startsWith("Arrow") || key === "Home" || key === "End") void update();
    });
  }
  area.disabled = false;
  area.focus();
  void update();
}

async function load(): Promise<void> {
  const response = await fetch("./en.bundle");
  if (!response.ok) throw new Error(`the bundle cannot be fetched (${response.status}): build the page again`);
  const bundle = await readBundle(new Uint8Array(await response.arrayBuffer()));
  const wasm = new URL("./wasm/", document.baseURI).href;
  start(await Autocompleter.load(bundle, layout, (graph) => openGraph(graph, wasm)));
  status.textContent = "Ready. Offline from here on.";
}

load().catch((error: unknown) => {
  status.textContent = `Error: ${error instanceof Error ? error.message : String(error)}`;
});
