// Runs the walks, in this order: the last ones move the city's clock.
import { after, before } from 'node:test';
import { rmSync } from 'node:fs';
import { closeCity, openCity } from './city.mjs';
import { closeBrowser, looked, openBrowser } from './visitor.mjs';

before(async () => {
  rmSync('tests/browser/out', { recursive: true, force: true });
  await Promise.all([openCity(), openBrowser()]);
});
after(async () => {
  console.log(`${looked.pages} pages looked at, ${looked.paths.size} addresses`);
  await closeBrowser();
  await closeCity();
});

await import('./walks/public.mjs');
await import('./walks/family.mjs');
await import('./walks/clerk.mjs');
await import('./walks/county.mjs');
await import('./walks/answers.mjs');
await import('./walks/oversight.mjs');
await import('./walks/round.mjs');
