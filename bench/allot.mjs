// The part of the bench that is about allotment: see README.md. The programs of C print rows as JSON (measure.h); here
// they become rows of the table, and peers in other languages are asked.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { build, folder, run, tool } from './tools.mjs';
import { count, missing, row } from './table.mjs';

const SIZES = [1000, 10000, 114000, 1000000];
const COUNTRY = 18000000;
const modules = ['verify.wasm', 'verify-plain.wasm'].map((name) => `${build}/src/allot/wasm/${name}`);

// Three digits, and a unit that fits.
export function time(ms) {
  const [value, unit] = ms < 0.1 ? [ms * 1000, 'µs'] : ms < 10000 ? [ms, 'ms'] : [ms / 1000, 's'];
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${unit}`;
}

// What the C found out by itself. An absolute figure that is wanted is told; only the answer is judged.
function judged({ verdict, wanted }) {
  if (!verdict) {
    return wanted ? { text: wanted, told: true } : null;
  }
  const answer = verdict === 'proved' || verdict === 'unproved' ? 'proved' : 'same answer';
  return { holds: verdict === 'proved' || verdict === 'same', text: wanted ? `${answer}; ${wanted}` : answer };
}

const known = new Map(); // the C's time of what others are compared with

function tell(line) {
  const r = JSON.parse(line);
  const what = `(a) ${r.what}, ${count(r.applicants)}`;
  const ours = [
    r.ours_ms && time(r.ours_ms),
    r.shared_ms && `2 workers ${time(r.shared_ms)}`,
    r.first_ms && `first ${time(r.first_ms)}`,
    r.note,
  ].filter(Boolean).join('; ');
  known.set(`${r.what} ${r.applicants}`, r);
  const peer = r.peer ? `${r.peer_ms ? `${time(r.peer_ms)} ` : ''}${r.peer}` : '';
  row(what, ours, peer, r.ratio ?? (r.peer_ms ? r.peer_ms / (r.ours_ms ?? r.shared_ms) : null), judged(r));
}

const tellAll = (text) => text.trim().split('\n').forEach(tell);

// One part that fails leaves the others alone.
function each(what, sizes, measure) {
  for (const size of sizes) {
    try {
      measure(size);
    } catch (error) {
      missing(`(a) ${what}, ${count(size)}`, error);
    }
  }
}

const freeBytes = () => Number(/^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))[1]) * 1024;

// 18,000,000: only where there is memory, and not when BENCH_LARGE is `no`.
function country(what, bytes, measure) {
  if (process.env.BENCH_LARGE === 'no') {
    return;
  }
  if (freeBytes() < bytes) {
    missing(`(a) ${what}, ${count(COUNTRY)}`, new Error(`needs ${Math.round(bytes / 1e9)} GB of free memory`));
    return;
  }
  each(what, [COUNTRY], measure);
}

// ---- The parts ----

export function mechanisms() {
  const measure = (size) => tellAll(tool('allot_bench', size));
  each('deferred acceptance', SIZES, measure);
  country('deferred acceptance', 8e9, measure);
  each('a matching library from npm', [1000, 10000], (size) => {
    const file = `${folder}/city.json`;
    mkdirSync(folder, { recursive: true });
    tool('allot_bench', '--dump', file, size);
    const peer = JSON.parse(run('node', ['bench/peers/marriage.mjs', file]));
    rmSync(file);
    const ours = known.get(`deferred acceptance, whole run ${size}`).ours_ms;
    row(`(a) deferred acceptance, whole run, beside npm, ${count(size)}`, time(ours), `${time(peer.ms)} stable-marriage 1.0.2`,
      peer.ms / ours, { holds: peer.same, text: 'same answer' });
  });
}

export function hashing() {
  const measure = (size) => tellAll(tool('hash_bench', size));
  each('hashing', SIZES, measure);
  country('hashing', 9e9, measure);
}

export function balance() {
  tellAll(tool('balance_bench', 6, 5));
  tellAll(tool('balance_bench', 7, 1, 6)); // a million by home: seconds
  tellAll(tool('balance_bench', '--rules'));
}

// The C's row first, then other verifiers beside the C with one worker.
export function transcript() {
  tellAll(tool('signup_bench'));
  const measure = (size) => tellAll(tool('transcript_bench', size));
  each('transcript', SIZES, measure);
  country('transcript', 16e9, measure); // 6 GB of text and both who wrote it and who reads it, in memory at once
  each('other verifiers of the transcript', [1000, 10000, 114000], (size) => {
    const file = `${folder}/transcript.txt`;
    mkdirSync(folder, { recursive: true });
    tool('transcript_bench', '--file', file, size);
    const heard = run('node', ['bench/verifiers.mjs', file, size < 100000 ? 5 : 3, ...modules.filter(existsSync)]);
    rmSync(file);
    const native = known.get(`transcript, verifying it ${size}`).ours_ms;
    for (const { name, ms, good, megabytes } of heard.trim().split('\n').map((line) => JSON.parse(line))) {
      row(`(a) transcript, verifying it: ${name}, ${count(size)}`, `${time(ms)}; ${(megabytes * 1000 / ms).toFixed(1)} MB/s`,
        `${time(native)} the C as native code, one worker`, native / ms, { holds: good, text: 'verifies' });
    }
  });
}

// Instructions of small sizes: the same on a busy machine (instructions.sh).
export function instructions() {
  for (const line of run('bench/instructions.sh', ['--lines'], { env: { ...process.env, BUILD: build } }).trim().split('\n')) {
    const [what, now, kept] = line.split('\t');
    const change = kept ? (now / kept - 1) * 100 : null;
    row(`(a) instructions: ${what}`, `${(now / 1e6).toFixed(2)} million`, kept ? `${(kept / 1e6).toFixed(2)} million kept` : '',
      kept ? now / kept : null,
      change !== null && Math.abs(change) > 2 ? { text: `${change > 0 ? '+' : ''}${change.toFixed(1)} %: changed`, told: true } : null);
  }
}
