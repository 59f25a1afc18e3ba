// A walk: a named test with the visitors that it needs; evidence is kept when it fails.
import { test } from 'node:test';
import { Visitor } from './visitor.mjs';

const waiting = [];

// take(enter): enter() gives a new visitor of the world, or of another when one is named.
export function walk(name, world, take) {
  const title = `${name} (${world.name})`;
  if (process.env.ONLY && !title.includes(process.env.ONLY)) {
    return;
  }
  waiting.push({ name, declare: () => test(title, async () => {
    const visitors = [];
    const enter = async (options) => {
      const visitor = await Visitor.open(options?.world ?? world, options);
      visitors.push(visitor);
      return visitor;
    };
    try {
      await take(enter);
      const wrong = visitors.flatMap((v) => v.wrong);
      if (wrong.length) {
        throw new Error(`${wrong.length} pages have something wrong\n  ${wrong.join('\n  ')}`);
      }
    } catch (error) {
      const slug = title.replace(/[^\p{L}\p{N}]+/gu, '-');
      const kept = await Promise.all(visitors.map((v, i) => v.keepEvidence(`${slug}-${i + 1}`)));
      error.message += `\nSee:\n  ${kept.join('\n  ')}`;
      error.stack = `${error.message}\n${error.stack.slice(error.stack.indexOf('\n    at '))}`;
      throw error;
    } finally {
      await Promise.all(visitors.map((v) => v.close()));
    }
  }) });
}

// On PostgreSQL each walk goes through one of its worlds, in turns the first and the last: pages are the same there, and
// all of them are looked at on SQLite. WORLDS=all takes every one.
function inOneWorld(walks) {
  const names = [...new Set(walks.map((each) => each.name))];
  return names.map((name, i) => {
    const worlds = walks.filter((each) => each.name === name);
    return worlds[i % 2 ? worlds.length - 1 : 0];
  });
}

// Hands the walks that were declared since the last time to the runner.
export function takeAll() {
  const walks = waiting.splice(0);
  const few = process.env.DB && process.env.WORLDS !== 'all';
  (few ? inOneWorld(walks) : walks).forEach((each) => each.declare());
}
