// The page: a text area, three words and what is offered beside them, a keyboard, and what it all costs and saves.

import { readBundle } from "./decoder/bundle.ts";
import type { Suggestion } from "./decoder/casing.ts";
import { readEmoji } from "./decoder/emoji.ts";
import { Autocompleter } from "./decoder/engine.ts";
import { TypingSession } from "./decoder/session.ts";
import { atSentenceStart } from "./decoder/text.ts";
import { Field } from "./field.ts";
import { buildKeyboard } from "./keyboard.ts";
import { layout } from "./layout.ts";
import { openGraph } from "./litert.ts";

const api = { readBundle, readEmoji, Autocompleter, TypingSession, layout, openGraph };

declare global {
  interface Window {
    /** for tests and the curious */
    autocomplete?: { engine: Autocompleter; api: typeof api; milliseconds: number[]; busy: () => boolean };
  }
}

const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const area = element<HTMLTextAreaElement>("text");
const bar = element("bar");
const status = element("status");
const autocorrect = element<HTMLInputElement>("autocorrect");
const phrases = element<HTMLInputElement>("phrases");
const BESIDE = new Set(["phrase", "punctuation", "emoji"]);

function start(engine: Autocompleter): void {
  const milliseconds: number[] = [];
  let asked = 0;
  let answered = 0;
  let begun = 0;
  let shown: Suggestion[] = [];
  const field = new Field(area, engine, () => void update());
  window.autocomplete = { engine, api, milliseconds, busy: () => !field.isSettled || asked !== answered };
  const press = buildKeyboard(element("keys"), layout, field);

  /** Offer words once all keys are carried out; what is asked for a text that has changed since is not shown. */
  async function update(): Promise<void> {
    if (asked === answered) begun = performance.now();
    const mine = ++asked;
    press(atSentenceStart(area.value.slice(0, area.selectionStart)));
    if (!field.isSettled) return;
    const { session } = field;
    const found = await session.suggestions();
    if (mine !== asked) return;
    answered = mine;
    shown = found;
    const took = performance.now() - begun;
    milliseconds.push(took);
    render(took);
    announce(session.correction && `Corrected ${session.correction.typed} to ${session.correction.word}; Backspace undoes it`);
  }

  function render(took: number): void {
    bar.replaceChildren(
      ...shown.map((suggestion, place) => {
        const made = document.createElement("button");
        made.type = "button";
        const number = document.createElement("small");
        number.textContent = String(place + 1);
        number.setAttribute("aria-hidden", "true");
        if (BESIDE.has(suggestion.kind)) made.className = suggestion.kind;
        made.append(number, suggestion.word);
        made.setAttribute("aria-keyshortcuts", `Alt+${place + 1}`);
        made.addEventListener("pointerdown", (event) => event.preventDefault());
        made.addEventListener("click", () => take(place));
        return made;
      }),
    );
    const length = Array.from(area.value).length;
    const saved = Math.max(0, length - field.keys);
    const share = length ? Math.round((100 * saved) / length) : 0;
    element("figures").textContent = `${took.toFixed(1)} ms · ${field.keys} keys for ${length} characters · ${saved} saved (${share} %)`;
  }

  /** Say to who cannot see it what stands in the bar, after what was done unasked. */
  function announce(done: string | null): void {
    element("done").textContent = done ?? "";
    element("spoken").textContent = [done, shown.map(({ word }) => word).join(", ")].filter(Boolean).join(". ");
  }

  function take(place: number): void {
    const suggestion = shown[place];
    if (!suggestion || !field.isSettled || asked !== answered) return;
    shown = [];
    field.accept(suggestion);
    area.focus();
  }

  area.addEventListener("keydown", (event) => {
    if (event.altKey && /^[1-6]$/.test(event.key)) {
      event.preventDefault();
      take(Number(event.key) - 1);
    }
  });
  autocorrect.addEventListener("change", () => field.restart(autocorrect.checked));
  phrases.addEventListener("change", () => {
    engine.wanted.phrases = phrases.checked;
    void update();
  });
  area.disabled = false;
  area.focus();
  field.restart(autocorrect.checked);
}

async function load(): Promise<void> {
  const kept = await keepForOffline(); // first, so that what is fetched from here on is kept
  const [bundle, emoji] = await Promise.all([
    fetched("en.bundle").then(readBundle),
    fetched("emoji.en.tsv.gz").then(readEmoji),
  ]);
  const wasm = new URL("./wasm/", document.baseURI).href;
  start(await Autocompleter.load(bundle, layout, (graph) => openGraph(graph, wasm), { emoji, phrases: phrases.checked }));
  status.textContent = `Ready. Offline from here on, ${kept ? "and when it is opened again" : "until it is closed"}.`;
}

async function fetched(name: string): Promise<Uint8Array> {
  const response = await fetch(`./${name}`);
  if (!response.ok) throw new Error(`${name} cannot be fetched (${response.status}): build the page again`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Let a service worker keep what is fetched, so that the page also opens without a network; tell whether one does. */
async function keepForOffline(): Promise<boolean> {
  if (!("serviceWorker" in navigator) || import.meta.env.DEV) return false;
  try {
    await navigator.serviceWorker.register("./offline.js");
    if (!navigator.serviceWorker.controller) {
      await new Promise((resolve) => {
        navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true });
        setTimeout(resolve, 3000); // a reload that was asked to pass the worker by is never taken over
      });
    }
    return navigator.serviceWorker.controller !== null;
  } catch {
    return false; // the page was opened in a way that allows none
  }
}

load().catch((error: unknown) => {
  status.textContent = `Error: ${error instanceof Error ? error.message : String(error)}`;
});
