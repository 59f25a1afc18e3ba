// The verifier for a page: in a worker where there may be one, else on the page's own thread, with a pause before each
// step so that what was said is seen.
import { hasVectors } from './core.js';
import { Desk } from './desk.js';

function inWorker(worker, hear) {
  const waiting = new Map();
  let count = 0;
  worker.onmessage = ({ data }) => {
    if (data.share !== undefined) {
      hear(data.share);
      return;
    }
    const { good, bad } = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.wrong === undefined) {
      good(data.answer);
    } else {
      bad(new Error(data.wrong));
    }
  };
  const fail = (event) => {
    event.preventDefault();
    waiting.forEach(({ bad }) => bad(new Error('worker')));
    waiting.clear();
  };
  worker.onerror = fail;
  worker.onmessageerror = fail;
  return (name, word) => new Promise((good, bad) => {
    count += 1;
    waiting.set(count, { good, bad });
    worker.postMessage({ id: count, name, word });
  });
}

function onPage(hear) {
  const desk = new Desk((done, total) => hear(done / total));
  return async (name, word) => {
    await new Promise((go) => { requestAnimationFrame(() => setTimeout(go, 0)); });
    return desk[name](word);
  };
}

// bytes(fast) gives the module's bytes; newWorker() a worker, or throws; hear(share) hears the progress.
// Gives { ask(name, word), thread }.
export async function openEngine({ bytes, newWorker, hear }) {
  const module = await WebAssembly.compile(await bytes(hasVectors()));
  try {
    const ask = inWorker(newWorker(), hear);
    await ask('open', module);
    return { ask, thread: 'worker' };
  } catch (refused) {
    const ask = onPage(hear);
    await ask('open', module);
    return { ask, thread: 'page' };
  }
}
