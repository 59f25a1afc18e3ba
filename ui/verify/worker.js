// The verifier off the page's thread. Asked { id, name, word }, answers { id, answer } or { id, wrong }; says { share }
// meanwhile.
import { Desk } from './desk.js';

const OFTEN_MS = 40;
let last = 0;
const desk = new Desk((done, total) => {
  const now = Date.now();
  if (now - last > OFTEN_MS) {
    last = now;
    self.postMessage({ share: done / total });
  }
});
let turn = Promise.resolve();

self.onmessage = ({ data: { id, name, word } }) => {
  turn = turn.then(async () => {
    try {
      self.postMessage({ id, answer: await desk[name](word) });
    } catch (wrong) {
      self.postMessage({ id, wrong: String((wrong && wrong.message) || wrong) });
    }
  });
};
