// One person with one browser. Every page that the visitor comes to is looked at: see README.md.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { city } from './city.mjs';

// Where pictures of what failed are left; the walks on both databases may go beside each other.
export const OUT = path.resolve('tests/browser/out', process.env.DB ? 'postgres' : 'sqlite');
const PATIENCE_MS = 15000;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'];

const PICTURES = new Set(['phone-home', 'phone-consent', 'phone-receipt', 'phone-status', 'phone-result', 'desktop-answers',
  'desktop-result', 'desktop-round', 'desktop-queue', 'desktop-file', 'desktop-county', 'desktop-what-if', 'desktop-city']);

let browser;
export const looked = { pages: 0, paths: new Set() };

export async function openBrowser() {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync',
      '--disable-background-networking', '--disable-component-update'],
  });
}

export async function closeBrowser() {
  await browser?.close();
}

// ---- What is wrong with a page, asked in the page ----

async function runAxe(page) {
  await page.evaluate(AXE);
  const violations = await page.evaluate(async (tags) => {
    const result = await globalThis.axe.run(document, { runOnly: tags, resultTypes: ['violations'] });
    return result.violations.map((v) => ({
      id: v.id,
      help: v.help,
      nodes: v.nodes.slice(0, 4).map((node) => `${node.html} (${node.any.concat(node.all, node.none).map((c) => c.message).join('; ')})`),
    }));
  }, AXE_TAGS);
  return violations.map((v) => `axe ${v.id}: ${v.help}\n      ${v.nodes.join('\n      ')}`);
}

async function tooWide(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) {
      return [];
    }
    const wide = [...document.querySelectorAll('body *')].filter((e) => !e.closest('.table-scroll, pre')
      && (e.getBoundingClientRect().right > width + 0.5 || e.scrollWidth > e.clientWidth + 1) && e.clientWidth > 1);
    return [`wider than the window (${document.documentElement.scrollWidth} > ${width}): `
      + wide.slice(0, 3).map((e) => e.outerHTML.slice(0, 160)).join(' | ')];
  });
}

// A wide table may scroll by itself; but what is to be filled in or pressed there stands within the width.
async function hiddenControls(page) {
  return page.evaluate(() => [...document.querySelectorAll('.table-scroll')].flatMap((box) => {
    const edge = box.getBoundingClientRect().left + box.clientWidth;
    const out = [...box.querySelectorAll('select, textarea, button, input:not([type=hidden])')]
      .filter((e) => e.getBoundingClientRect().right > edge + 0.5);
    return out.length ? [`${out.length} controls stand beyond the edge of a table: ${out[0].outerHTML.slice(0, 160)}`] : [];
  }));
}

// Where scripts are off, axe cannot run in the page itself: its copy, with the server's own styles, is asked.
const mirrors = new Map();
async function openMirror(viewport) {
  const context = await browser.newContext({ viewport, bypassCSP: true });
  const page = await context.newPage();
  const mirror = { page, html: '', last: Promise.resolve() };
  await page.route('**/*', (route) => {
    const type = route.request().resourceType();
    if (type === 'document') {
      return route.fulfill({ contentType: 'text/html; charset=utf-8', body: mirror.html });
    }
    return type === 'script' ? route.abort() : route.continue();
  });
  return mirror;
}

async function inMirror(viewport, page) {
  const key = `${viewport.width}x${viewport.height}`;
  if (!mirrors.has(key)) {
    mirrors.set(key, openMirror(viewport));
  }
  const mirror = await mirrors.get(key);
  const [html, url] = [await page.content(), page.url()];
  const mine = mirror.last.then(async () => {
    mirror.html = html;
    await mirror.page.goto(url);
    return runAxe(mirror.page);
  });
  mirror.last = mine.catch(() => {}); // one at a time
  return mine;
}

// By world: the addresses that axe has seen, and the kinds of elements that it found nothing wrong with.
const clean = new Map();
// On PostgreSQL the pages are the same; axe looks at them on SQLite. WORLDS=all looks at all of them.
const ASK_AXE = !process.env.DB || process.env.WORLDS === 'all';
const addressOf = (page) => new URL(page.url()).pathname.replace(/\/\d+/g, '/#').replace(/\/\d{6}\w*/g, '/#');

// Runs in the page: which elements with which attributes stand in it.
function shapeOf() {
  const kinds = new Set();
  for (const e of document.querySelectorAll('*')) {
    const attributes = [...e.attributes].map((a) => (/^(class|role|type|scope|aria-current)$/.test(a.name) ? `${a.name}=${a.value}` : a.name));
    kinds.add(`${e.parentElement?.tagName}>${e.tagName}[${attributes.join(',')}]${e.textContent.trim() ? '' : ' empty'}`);
  }
  return [...kinds];
}

// ---- The visitor ----

export class Visitor {
  static async open(world, { big = false } = {}) {
    const visitor = new Visitor();
    visitor.world = world;
    visitor.problems = []; // said by the browser since the last look
    visitor.wrong = []; // pages with something wrong; the walk goes on and fails at its end
    visitor.context = await browser.newContext({
      viewport: world.viewport,
      javaScriptEnabled: world.scripts,
      locale: world.lang === 'en' ? 'en-GB' : 'zh-CN',
      timezoneId: 'Asia/Shanghai',
      acceptDownloads: true,
      deviceScaleFactor: 1,
    });
    visitor.context.setDefaultTimeout(PATIENCE_MS);
    visitor.page = await visitor.context.newPage();
    visitor.listen();
    await visitor.context.addCookies([{ name: 'lang', value: world.lang, url: city.url },
      { name: 'big', value: big ? '1' : '0', url: city.url }]);
    return visitor;
  }

  listen() {
    const { page, problems } = this;
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        problems.push(`console: ${message.text()}`);
      }
    });
    page.on('pageerror', (error) => problems.push(`script: ${error.message}`));
    page.on('request', (request) => {
      if (!request.url().startsWith(city.url) && !request.url().startsWith('data:')) {
        problems.push(`loads from elsewhere: ${request.url()}`);
      }
    });
    page.on('response', (response) => {
      if (response.status() >= 500) {
        problems.push(`${response.status()}: ${response.request().method()} ${response.url()}`);
      }
    });
  }

  close() {
    return this.context.close();
  }

  // The text of the visitor's language.
  say(zh, en) {
    return this.world.lang === 'en' ? en : zh;
  }

  get path() {
    return this.page.url().slice(city.url.length);
  }

  // ---- Coming to a page ----

  async go(where, { status = 200 } = {}) {
    const response = await this.page.goto(city.url + where);
    await this.look(response, status);
  }

  // Does what leads to another page, and looks at it.
  async through(act, { status = 200 } = {}) {
    const [response] = await Promise.all([this.page.waitForNavigation({ waitUntil: 'load' }), act()]);
    await this.look(response, status);
  }

  follow(locator, options) {
    const target = typeof locator === 'string' ? this.page.locator(locator).first() : locator;
    return this.through(() => target.click(), options);
  }

  // Sends the form that goes to `action` (an end of its address).
  send(action, options) {
    return this.follow(`form[action$="${action}"] button:not([type=button])`, options);
  }

  async look(response, status) {
    const { page, world } = this;
    const got = response?.status() ?? 200;
    assert.equal(got, status, `${this.path} answered ${got}: ${(await page.locator('h1').first().textContent().catch(() => ''))?.trim()}`);
    const wrong = [...await this.runAxeOnce(), ...await tooWide(page), ...await hiddenControls(page)];
    wrong.push(...this.problems.splice(0).filter(
      (p) => !(status >= 400 && p.includes('Failed to load resource') && p.includes(`status of ${status}`))));
    const heading = await page.locator('h1').count();
    if (heading !== 1) {
      wrong.push(`${heading} first headings`);
    }
    if (await page.locator('html').getAttribute('lang') !== this.say('zh-CN', 'en')) {
      wrong.push('not in the language asked for');
    }
    if (await page.getByText('(null)').count()) {
      wrong.push('a text is missing: (null)');
    }
    looked.pages += 1;
    looked.paths.add(addressOf(page));
    if (wrong.length) {
      this.wrong.push(`${page.url().slice(city.url.length)}:\n    ${wrong.join('\n    ')}`);
    }
  }

  // Axe looks at the first page of each address, and at each with an element of a kind that it has not seen clean.
  async runAxeOnce() {
    if (!ASK_AXE) {
      return [];
    }
    const { page, world } = this;
    const kinds = await page.evaluate(shapeOf);
    const known = clean.get(world.name) ?? { addresses: new Set(), kinds: new Set() };
    clean.set(world.name, known);
    const address = addressOf(page);
    if (known.addresses.has(address) && kinds.every((each) => known.kinds.has(each))) {
      return [];
    }
    const found = world.scripts ? await runAxe(page) : await inMirror(world.viewport, page);
    if (found.length === 0) {
      known.addresses.add(address);
      kinds.forEach((each) => known.kinds.add(each));
    }
    return found;
  }

  // ---- Who the visitor is ----

  // Signs in by one click; accounts that are not listed by the same form.
  async signIn(account) {
    await this.go('/sign-in');
    const button = this.page.locator(`button[name=account][value="${account}"]`);
    if (await button.count() === 0) {
      await this.page.locator('button[name=account]').first().evaluate((b, id) => { b.value = id; }, String(account));
    }
    await this.follow(button);
  }

  async signOut() {
    await this.send('/sign-out');
  }

  // ---- Seeing and doing ----

  text(selector = 'main') {
    return this.page.locator(selector).first().innerText();
  }

  async sees(zh, en = zh, selector = 'main') {
    const expected = this.say(zh, en);
    const text = await this.text(selector);
    const good = expected instanceof RegExp ? expected.test(text) : text.includes(expected);
    assert.ok(good, `${this.path} does not say "${expected}":\n${text.slice(0, 1200)}`);
  }

  async seesNot(text, selector = 'main') {
    const all = await this.text(selector);
    assert.ok(!all.includes(text), `${this.path} says "${text}"`);
  }

  // The error stands in the summary, which leads to the field, and beside the field.
  async seesErrorAt(field) {
    const link = this.page.locator(`#error-summary a[href="#${field}"]`);
    assert.equal(await link.count(), 1, `no error for ${field} in the summary of ${this.path}`);
    assert.ok(await this.page.locator(`#${field}`).count(), `the summary leads nowhere: #${field}`);
    assert.equal(await this.page.locator(`#${field}-error`).count(), 1, `no error beside ${field} on ${this.path}`);
    if (this.world.scripts) {
      assert.equal(await this.page.evaluate(() => document.activeElement?.id), 'error-summary');
    }
  }

  fill(name, value) {
    return this.page.locator(`[name="${name}"]`).fill(value);
  }

  choose(name, value) {
    return this.page.locator(`input[name="${name}"][value="${value}"]`).check();
  }

  select(name, value) {
    return this.page.locator(`select[name="${name}"]`).selectOption(value);
  }

  // The keyboard alone comes to the element within `most` steps from the top of the page.
  async tabsTo(selector, most = 60) {
    await this.page.evaluate(() => { document.activeElement?.blur(); });
    for (let i = 0; i < most; i += 1) {
      await this.page.keyboard.press('Tab');
      if (await this.page.locator(selector).first().evaluate((e) => e === document.activeElement)) {
        return;
      }
    }
    assert.fail(`${most} steps of the keyboard do not lead to ${selector} on ${this.path}`);
  }

  // The bytes that a link gives to download.
  async download(selector) {
    const [download] = await Promise.all([
      this.page.waitForEvent('download'), this.page.locator(selector).first().click()]);
    const file = await download.path();
    return { name: download.suggestedFilename(), bytes: readFileSync(file), file };
  }

  // A picture of what the README shows, when they are asked for; other worlds' pictures of the same page are not taken.
  async picture(what) {
    const { viewport } = this.world;
    const name = `${viewport.width < 600 ? 'phone' : 'desktop'}-${what}`;
    const folder = process.env.SCREENSHOTS;
    if (folder && PICTURES.has(name)) {
      mkdirSync(folder, { recursive: true });
      await this.page.evaluate(() => { document.activeElement?.blur(); globalThis.scrollTo(0, 0); });
      await this.page.screenshot({ path: path.join(folder, `${name}.png`), animations: 'disabled',
        clip: { x: 0, y: 0, width: viewport.width, height: Math.min(viewport.height, 760) } });
    }
  }

  async keepEvidence(name) {
    mkdirSync(OUT, { recursive: true });
    const file = path.join(OUT, name);
    await this.page.screenshot({ path: `${file}.png`, fullPage: true }).catch(() => {});
    writeFileSync(`${file}.html`, await this.page.content().catch(() => ''));
    return `${path.relative(process.cwd(), file)}.png (${this.page.url()})`;
  }
}
