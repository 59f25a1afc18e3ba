// verifiers.mjs FILE RUNS [MODULE.wasm …]: verifies a transcript with the JavaScript verifier (docs/verify/), and with
// each module of the C verifier as WebAssembly (ui/verify/core.js), in turns. One JSON line each: name, median of the
// milliseconds, verdict. Reading the file and starting are not timed.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { verify } from '../docs/verify/transcript.mjs';
import { median } from './tools.mjs';

const [file, runs, ...modules] = process.argv.slice(2);
const bytes = readFileSync(file);
const verifiers = [{ name: 'the second verifier (JavaScript)', judge: () => verify(bytes).ok, times: [] }];
if (modules.length) {
  const { Verifier } = await import('../ui/verify/core.js');
  for (const module of modules) {
    const verifier = await Verifier.open(new WebAssembly.Module(readFileSync(module)));
    verifiers.push({ name: `the C as WebAssembly (${path.basename(module)})`, times: [], judge: () => {
      verifier.take(bytes);
      return verifier.verify().ok;
    } });
  }
}
for (let i = 0; i < Number(runs); i++) {
  for (const verifier of verifiers) {
    const start = performance.now();
    verifier.good = verifier.judge() && verifier.good !== false;
    verifier.times.push(performance.now() - start);
  }
}
for (const { name, times, good } of verifiers) {
  console.log(JSON.stringify({ name, ms: median(times), good, megabytes: bytes.length / 1e6 }));
}
