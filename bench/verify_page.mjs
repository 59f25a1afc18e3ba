// verify_page.mjs WRITE_MANY PAGE: how long a browser takes to check the transcript of a city of 114,000 children, in
// the page that is saved from /verify (the file jiaoti-verify.html), opened from the disk. In a worker; and on the
// page's own thread, which alone a browser can slow down: as it is, and four times slower, as a cheap phone.
// One JSON line a row; medians of RUNS runs, milliseconds from the choice of the file to the verdict; on the page's thread
// also the processor's time, which a busy machine changes less.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const RUNS = 3;
const SLOW_MS = 120000;
const [writeMany, page] = process.argv.slice(2);
const folder = mkdtempSync(path.join(tmpdir(), 'jiaoti-speed-'));

async function measure(browser, { worker, slower, vectors }) {
  const tab = await browser.newPage();
  tab.setDefaultTimeout(SLOW_MS);
  await tab.addInitScript((use) => {
    if (!use.worker) {
      window.Worker = undefined;
    }
    if (!use.vectors) {
      WebAssembly.validate = () => false;
    }
  }, { worker, vectors });
  const control = await tab.context().newCDPSession(tab);
  await control.send('Emulation.setCPUThrottlingRate', { rate: slower });
  await tab.goto(pathToFileURL(path.join(folder, 'page.html')).href);
  await control.send('Performance.enable', { timeDomain: 'threadTicks' });
  const processor = async () => (await control.send('Performance.getMetrics')).metrics.find((m) => m.name === 'TaskDuration').value * 1000;
  const [took, busy] = [[], []];
  for (let i = 0; i < RUNS; i += 1) {
    await tab.evaluate(() => { delete document.getElementById('verify').dataset.took; document.getElementById('verify-file').value = ''; });
    const before = await processor();
    await tab.locator('#verify-file').setInputFiles(path.join(folder, 'city.txt'));
    await tab.waitForFunction(() => document.getElementById('verify').dataset.took && document.getElementById('verdict'));
    busy.push(Math.round(await processor() - before));
    took.push(await tab.locator('#verify').evaluate((e) => Number(e.dataset.took)));
    await tab.waitForFunction(() => !document.getElementById('verify-own').hidden);
  }
  const thread = await tab.locator('#verify').getAttribute('data-thread');
  await tab.close();
  took.sort((a, b) => a - b);
  busy.sort((a, b) => a - b);
  return { applicants: 114000, thread, slower, vectors, megabytes: Math.round(statSync(path.join(folder, 'city.txt')).size / 1e6),
    ms: took[(RUNS - 1) / 2], least: took[0], processor_ms: worker ? null : busy[(RUNS - 1) / 2] };
}

try {
  execFileSync(writeMany, ['city', folder]);
  copyFileSync(page, path.join(folder, 'page.html'));
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell', args: ['--headless', '--no-sandbox', '--disable-gpu'] });
  for (const use of [{ worker: true, slower: 1, vectors: true }, { worker: false, slower: 1, vectors: true },
    { worker: false, slower: 1, vectors: false }, { worker: false, slower: 4, vectors: true }]) {
    console.log(JSON.stringify(await measure(browser, use)));
  }
  await browser.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
