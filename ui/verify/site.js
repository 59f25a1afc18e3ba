// The tool on the site's page /verify: modules and worker are fetched from the site, rounds are the links of the page.
import { build } from './page.js';

const root = document.getElementById('verify');
if (root && typeof WebAssembly === 'object') {
  const chosen = new URLSearchParams(window.location.search).get('round');
  build(root, {
    online: true,
    rounds: Array.from(document.querySelectorAll('a.transcript'), (link) => ({
      name: link.textContent, address: link.getAttribute('href'), chosen: link.getAttribute('href') === `/round/${chosen}/transcript.txt`,
    })),
    bytes: async (fast) => (await fetch(fast ? root.dataset.fast : root.dataset.plain)).arrayBuffer(),
    newWorker: () => new Worker(root.dataset.worker),
  });
}
