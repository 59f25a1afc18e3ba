// Sends what waits: each form once, by a key of its own, however often it has to be tried.
import { forget, keep, kept } from './kept.js';

class Away extends Error {} // no network, or nobody signed in: it waits

async function ask(url, options = {}) {
  let answer;
  try {
    answer = await fetch(url, { credentials: 'same-origin', cache: 'no-store', ...options });
  } catch {
    throw new Away('network');
  }
  if (answer.status === 401 || answer.status >= 500 || new URL(answer.url).pathname === '/sign-in') {
    throw new Away('signed out');
  }
  return answer;
}

async function isDone(record) {
  const where = record.url.replace(/\/act\/.*/, `/kept/${record.key}`);
  const answer = await ask(where);
  return answer.ok && (await answer.json()).done === true;
}

// What became of it: 'done', 'wrong', 'moved'; throws Away when that cannot be known now.
async function send(record) {
  if (await isDone(record)) {
    return 'done';
  }
  const page = new DOMParser().parseFromString(await (await ask(record.url)).text(), 'text/html');
  const form = [...page.forms].find((each) => each.getAttribute('action') === record.url);
  if (!form) {
    return 'moved';
  }
  const body = new FormData();
  body.append('form_key', form.elements.form_key.value);
  body.append('client_key', record.key);
  record.fields.forEach(([name, value]) => body.append(name, value));
  record.files.forEach(([name, file]) => body.append(name, file, file.name));
  const answer = await ask(record.url, { method: 'POST', body });
  if (await isDone(record)) {
    return 'done';
  }
  return answer.status === 422 || answer.status === 413 ? 'wrong' : 'moved';
}

async function sendAll(account, told) {
  if (!navigator.onLine) {
    return;
  }
  for (const record of (await kept(account)).filter((each) => each.state === 'waiting')) {
    let state;
    try {
      state = await send(record);
    } catch (error) {
      if (!(error instanceof Away)) {
        throw error;
      }
      return;
    }
    if (state === 'done') {
      await forget(record.key);
    } else {
      await keep({ ...record, state });
    }
    told?.(record, state);
  }
}

// One run after another in this page, each with who wants to know; two pages at once are harmless, for each form has its
// key.
let last = Promise.resolve();
export function sendWaiting(account, told) {
  last = last.catch(() => {}).then(() => sendAll(account, told));
  return last;
}
