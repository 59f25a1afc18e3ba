// Runs the walks, in this order: the last ones move the city's clock.
import { after, before, describe } from 'node:test';
import { rmSync } from 'node:fs';
import { closeCity, openCity } from './city.mjs';
import { closeBrowser, looked, openBrowser, OUT } from './visitor.mjs';
import { takeAll } from './walk.mjs';

before(async () => {
  rmSync(OUT, { recursive: true, force: true });
  await Promise.all([openCity(), openBrowser()]);
});
after(async () => {
  console.log(`${looked.pages} pages looked at, ${looked.paths.size} addresses`);
  await closeBrowser();
  await closeCity();
});

// Two at a time: the walks have visitors, children and counties of their own.
const walks = [
  'public',
  'verify',
  'family',
  'together',
  'clerk',
  'county',
  'figures',
  'briefing',
  'forecast',
  'atlas',
  'answers',
  'oversight',
  'exchange',
  'register',
  'returns',
  'supervision',
  'cases',
  'desks',
  'services',
];
for (const name of walks) {
  await import(`./walks/${name}.mjs`);
}
describe('the city', { concurrency: 2 }, () => takeAll());
// Alone, and last.
await import('./walks/round.mjs');
describe('the clock', () => takeAll());
