// The tool in the page that was saved: modules and worker stand in the page itself, nothing is fetched.
import { build } from './page.js';

const LANGUAGES = { '#en': 'en', '': 'zh-CN' };

function bytesOf(id) {
  const text = atob(document.getElementById(id).textContent.trim());
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) {
    bytes[i] = text.charCodeAt(i);
  }
  return bytes;
}

function start() {
  document.documentElement.lang = LANGUAGES[window.location.hash] || 'zh-CN';
  build(document.getElementById('verify'), {
    online: false,
    rounds: [],
    bytes: async (fast) => bytesOf(fast ? 'wasm-fast' : 'wasm-plain'),
    // The worker's script is put in by the build.
    newWorker: () => new Worker(URL.createObjectURL(new Blob([WORKER], { type: 'text/javascript' }))),
  });
}
window.addEventListener('hashchange', start);
start();
