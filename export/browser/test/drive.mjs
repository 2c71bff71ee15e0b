// Opens the built page in headless Chromium and does what a JSON object on standard input asks; one JSON object comes back.
//
//   tokens: [text]             the tokens that are read for each text
//   contexts: [{tokens, calls}]  golden calls; gives the logprobs of their top tokens
//   texts: [text]              suggestions of each text, with the milliseconds and the calls of the graph
//   type: [line]               each typed into the page key by key, the right word taken as soon as it is shown
//   pictures: folder           screenshots of the page, light and dark
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
const errors = [];
page.on("pageerror", (error) => errors.push(error.message));
const begun = performance.now();
await page.goto(`http://127.0.0.1:${server.address().port}/`);
await page.waitForFunction(() => /^(Ready|Error)/.test(document.getElementById("status").textContent), null, { timeout: 60000 });
const ready = performance.now() - begun;
const status = await page.textContent("#status");
if (status.startsWith("Error")) throw new Error(status);
await context.setOffline(true);
server.close();
const report = { status, loaded, ready, errors };

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
}

if (asked.type) {
  report.typed = [];
  const answered = async () => {
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    await page.evaluate(() => window.autocomplete.engine.suggest(""));
  };
  for (const line of asked.type) {
    await page.fill("#text", "");
    await page.evaluate(() => window.autocomplete.milliseconds.splice(0));
    let text = "";
    let taken = 0;
    while (text.length < line.length) {
      await answered();
      const words = await page.$$eval("#bar button", (all) => all.map((one) => one.lastChild.textContent));
      const start = text.lastIndexOf(" ") + 1;
      const wanted = line.slice(start).split(" ")[0];
      const place = words.indexOf(wanted);
      if (place >= 0 && `${line} `.startsWith(`${line.slice(0, start)}${wanted} `) && taken < 1000) {
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
}

if (asked.pictures) {
  await page.fill("#text", "");
  await page.locator("#text").pressSequentially("See you tomo", { delay: 30 });
  await page.waitForTimeout(300);
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(asked.pictures, `${colorScheme}.png`) });
  }
  report.names = await page.$$eval("button, textarea", (all) =>
    all.map((one) => one.getAttribute("aria-label") ?? (one.labels?.[0] ?? one).textContent.trim()),
  );
}

await browser.close();
console.log(JSON.stringify(report));
