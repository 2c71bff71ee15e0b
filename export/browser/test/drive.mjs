// Opens the built page in headless Chromium and does what a JSON object on standard input asks; one JSON object comes back.
//
//   tokens: [text]             the tokens that are read for each text
//   contexts: [{tokens, calls}]  golden calls; gives the logprobs of their top tokens
//   texts: [text]              suggestions of each text, with the milliseconds and the calls of the graph
//   phrases: [{text}]          golden vectors of texts for which phrases are asked for too
//   touched, finished, fields  golden vectors of touches, of corrections with their evidence, of fields key by key
//   snippets: [code]           code run in the page, with the names that the engine exports; gives what it logs
//   type: [line]               each typed into the page key by key, the right word taken as soon as it is shown
//   mistakes: true             slips that are corrected, put back, left alone; keys touched off their middle; a moved caret
//   offline: true              the page loaded again
//   pictures: folder           screenshots of the page: light, dark, a narrow phone, a wide window; names, roles
//
// The network is cut before any of it. CHROMIUM names the browser.

import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const dist = join(dirname(fileURLToPath(import.meta.url)), "../dist");
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm" };
const asked = JSON.parse(readFileSync(0, "utf8"));
let loaded = 0;

const server = createServer((request, response) => {
  const path = join(dist, normalize(decodeURI(new URL(request.url, "http://x").pathname)).replace(/\/$/, "/index.html"));
  if (!path.startsWith(dist) || !existsSync(path)) return response.writeHead(404).end();
  const body = readFileSync(path);
  loaded += body.length;
  response.writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" }).end(body);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
const context = await browser.newContext({ viewport: { width: 420, height: 760 } });
const page = await context.newPage();
page.setDefaultTimeout(300000); // other work on the machine may slow everything down
const errors = [];
page.on("pageerror", (error) => errors.push(error.message));
const begun = performance.now();
await page.goto(`http://127.0.0.1:${server.address().port}/`);
await page.waitForFunction(() => /^(Ready|Error)/.test(document.getElementById("status").textContent), null, { timeout: 300000 });
const ready = performance.now() - begun;
const status = await page.textContent("#status");
if (status.startsWith("Error")) throw new Error(status);
await context.setOffline(true);
server.close();
const report = { status, loaded, ready, errors };

const meter = await context.newCDPSession(page);
await meter.send("Performance.enable", { timeDomain: "threadTicks" });
/** Milliseconds of processor time that the page's thread has used: other work on the machine hardly adds to it. */
const used = async () => {
  const { metrics } = await meter.send("Performance.getMetrics");
  return 1000 * metrics.find(({ name }) => name === "ThreadTime").value;
};

if (asked.tokens) {
  report.tokens = await page.evaluate((texts) => texts.map((text) => window.autocomplete.engine.tokens(text)), asked.tokens);
}

if (asked.contexts) {
  report.contexts = await page.evaluate(async (contexts) => {
    const { lm } = window.autocomplete.engine;
    const found = [];
    for (const { tokens, calls } of contexts) {
      const first = lm.shape.context_len;
      const state = await lm.start(tokens);
      const search = lm.search(state);
      const size = lm.shape.vocab_size;
      const rows = [];
      for (const call of calls.filter((call) => call.first_slot >= first)) {
        const parents = call.mask.map((mask) => {
          const seen = mask.split(",").map((part) => Number(part.split("-").at(-1)));
          return Math.max(-1, ...seen.filter((slot) => slot >= first && slot < lm.shape.slots).map((slot) => slot - first));
        });
        const logprobs = await search.score(parents, call.tokens);
        call.top_tokens.forEach((top, row) => rows.push(top.map((token) => logprobs[row * size + token])));
      }
      const last = calls.filter((call) => call.first_slot < first).at(-1).top_tokens.at(-1);
      found.push([last.map((token) => state.logprobs[token]), ...rows]);
    }
    return found;
  }, asked.contexts);
}

if (asked.texts) {
  const before = await used();
  report.texts = await page.evaluate(async (texts) => {
    const { engine } = window.autocomplete;
    const found = [];
    for (const text of texts) {
      const calls = engine.lm.calls;
      const from = performance.now();
      const suggestions = await engine.suggest(text);
      found.push({ suggestions, ms: performance.now() - from, calls: engine.lm.calls - calls });
    }
    return found;
  }, asked.texts);
  report.cpuOfTexts = ((await used()) - before) / asked.texts.length;
}

if (asked.phrases) {
  await page.check("#phrases");
  report.phrases = await page.evaluate(async (all) => {
    const found = [];
    for (const { text } of all) found.push(await window.autocomplete.engine.suggest(text));
    return found;
  }, asked.phrases);
  await page.uncheck("#phrases");
}

if (asked.touched) {
  report.touched = await page.evaluate(
    (all) => Promise.all(all.map(({ text, touches }) => window.autocomplete.engine.suggest(text, 3, { touches }))),
    asked.touched,
  );
}

if (asked.finished) {
  report.finished = await page.evaluate(async (all) => {
    const { engine } = window.autocomplete;
    const found = [];
    for (const { text, touches } of all) {
      found.push({ evidence: await engine.weigh(text, { touches }), correction: await engine.correct(text, { touches }) });
    }
    return found;
  }, asked.finished);
}

if (asked.fields) {
  report.fields = await page.evaluate(async (all) => {
    const { engine, api } = window.autocomplete;
    const found = [];
    for (const { earlier, steps } of all) {
      const session = new api.TypingSession(engine, "", { doubleSpace: true, earlier });
      const texts = [];
      for (const step of steps) {
        if (step === "<") await session.backspace();
        else if (step[0] === "+") await session.accept((await session.suggestions())[Number(step.slice(1))]);
        else if (step[0] === "=") await session.move(step.slice(1));
        else await session.type(step);
        texts.push(session.text);
      }
      found.push({ texts, keystrokes: session.keystrokes });
    }
    return found;
  }, asked.fields);
}

if (asked.snippets) {
  report.snippets = await page.evaluate(async (snippets) => {
    const { api } = window.autocomplete;
    const AsyncFunction = (async () => {}).constructor;
    const logged = [];
    for (const code of snippets) {
      const lines = [];
      await new AsyncFunction("console", ...Object.keys(api), code)({ log: (...values) => lines.push(values) }, ...Object.values(api));
      logged.push(lines);
    }
    return logged;
  }, asked.snippets);
}

const answered = () => page.waitForFunction(() => !window.autocomplete.busy());
const words = () => page.$$eval("#bar button", (all) => all.map((one) => one.lastChild.textContent));

/** Touch the on-screen key of a character, `across` of its width beside its middle. */
async function tap(character, across = 0) {
  const box = await page.locator(`#keys [data-key=${JSON.stringify(character)}]`).boundingBox();
  await page.mouse.click(box.x + box.width * (0.5 + across), box.y + box.height / 2);
}

async function clear() {
  await page.fill("#text", "");
  await answered();
}

if (asked.type) {
  report.typed = [];
  const before = await used();
  for (const line of asked.type) {
    await clear();
    await page.evaluate(() => window.autocomplete.milliseconds.splice(0));
    let text = "";
    let taken = 0;
    while (text.length < line.length) {
      await answered();
      const shown = await words();
      const start = text.lastIndexOf(" ") + 1;
      const wanted = line.slice(start).split(" ")[0];
      const place = shown.indexOf(wanted);
      if (place >= 0 && `${line} `.startsWith(`${line.slice(0, start)}${wanted} `)) {
        if (taken++ % 2) await page.keyboard.press(`Alt+${place + 1}`);
        else await page.click(`#bar button:nth-child(${place + 1})`);
      } else if (taken % 3 === 0 && /^[a-z]$/.test(line[text.length])) {
        const key = page.locator(`#keys [aria-label="${line[text.length]}"]`);
        if ((await key.textContent()) === line[text.length]) await key.click();
        else await page.keyboard.type(line[text.length]);
      } else {
        await page.keyboard.type(line[text.length]);
      }
      await answered();
      text = await page.inputValue("#text");
    }
    const ms = await page.evaluate(() => window.autocomplete.milliseconds);
    report.typed.push({ text, taken, ms, figures: await page.textContent("#figures") });
  }
  // this script's questions to the page included
  report.cpu = ((await used()) - before) / report.typed.reduce((sum, { ms }) => sum + ms.length, 0);
}

if (asked.mistakes) {
  const seen = {};
  const note = async (name) => {
    await answered();
    const [text, done, spoken] = [await page.inputValue("#text"), await page.textContent("#done"), await page.textContent("#spoken")];
    seen[name] = { text, done, spoken, words: await words() };
  };
  await clear();
  await page.keyboard.type("I saw teh ");
  await note("corrected");
  await page.keyboard.press("Backspace");
  await note("put back");
  await page.keyboard.type("and teh ");
  await note("left alone");
  await clear();
  await page.keyboard.type("I saw hte man and ypur dog, i beleive "); // faster than it is answered
  await note("fast");
  await page.uncheck("#autocorrect");
  await clear();
  await page.keyboard.type("I saw teh ");
  await note("switched off");
  await page.check("#autocorrect");
  for (const across of [0, 0.42]) {
    await clear();
    await page.keyboard.type("see you ");
    await tap("s");
    await tap("i", across);
    await note(`i touched ${across}`);
  }
  await clear();
  for (const character of "is that ypur ") await tap(character);
  await note("tapped");
  await page.locator("#keys [aria-label=Delete]").click();
  await note("put back by the on-screen key");
  await clear();
  await page.keyboard.type("See you tomo");
  await answered();
  await page.keyboard.press("Home");
  await page.keyboard.type("I will ");
  await note("moved");
  report.mistakes = seen;
}

if (asked.offline) {
  await page.reload();
  await page.waitForFunction(() => /^(Ready|Error)/.test(document.getElementById("status").textContent), null, { timeout: 60000 });
  await page.locator("#text").pressSequentially("See you tomo");
  await answered();
  report.offline = { status: await page.textContent("#status"), words: await words() };
}

if (asked.pictures) {
  await clear();
  await page.check("#phrases");
  await page.locator("#text").pressSequentially("I saw teh man. Looking forw", { delay: 30 });
  await answered();
  report.extras = [await words()];
  await page.uncheck("#phrases");
  await clear();
  await page.locator("#text").pressSequentially("I saw teh man. What are you doing tonight", { delay: 30 });
  await answered();
  report.extras.push(await words());
  await page.locator("#bar .punctuation").click();
  await answered();
  await page.locator("#text").pressSequentially("I had pizza", { delay: 30 });
  await answered();
  await page.keyboard.press("Alt+4");
  await answered();
  report.extras.push([await page.inputValue("#text")]);
  await page.keyboard.press("Backspace");
  await page.keyboard.press("Backspace");
  await answered();
  report.extras.push([await page.inputValue("#text")]);
  await page.locator("#text").pressSequentially("See you tonight for pizza", { delay: 30 });
  await answered();
  for (const [name, colorScheme, width, height] of [
    ["light", "light", 420, 760],
    ["dark", "dark", 420, 760],
    ["narrow", "light", 320, 568],
    ["wide", "dark", 1100, 760],
  ]) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    await page.screenshot({ path: join(asked.pictures, `${name}.png`) });
  }
  await page.setViewportSize({ width: 320, height: 568 });
  report.overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  report.roles = await page.$$eval("button, textarea, input, [role], [aria-live]", (all) =>
    all.map((one) => ({
      tag: one.tagName.toLowerCase(),
      role: one.getAttribute("role"),
      live: one.getAttribute("aria-live"),
      name: one.getAttribute("aria-label") ?? (one.labels?.[0] ?? one).textContent.trim(),
      shortcut: one.getAttribute("aria-keyshortcuts"),
    })),
  );
}

await browser.close();
console.log(JSON.stringify(report));
