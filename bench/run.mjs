// The bench: see README.md. Each part is measured in rounds in which ours and its peers take turns, so that whatever
// else the machine does meets all of them; figures are medians of the rounds. A part that fails says why, and the rest
// goes on.
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { build, folder, get, load, median, memory, metric, note, post, processor, run, start, stop, stopAll, tool, writeRequests }
  from './tools.mjs';
import * as allot from './allot.mjs';
import * as casework from './casework.mjs';
import * as figures from './figures.mjs';
import { importClean, importPostgres, importPupils } from './import.mjs';
import { asMarkdown, asText, count, machine, missing, row } from './table.mjs';

const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const each = Number(process.env.BENCH_SUBMISSIONS ?? 12000); // submissions of one measurement
const seconds = Number(process.env.BENCH_SECONDS ?? 4); // of one measurement of pages
const levels = [64, 1000];
const readers = 2000; // families whose status pages are read
const loops = cpus().length;
const jiaoti = `${build}/jiaoti`;
const base = `${folder}/base`; // the demo and its drafts, as prepared: nothing runs on it
const drafts = `${folder}/drafts.txt`;

// The page that anybody checks with, in a browser; there is no peer, so it stands for information.
function checking() {
  const printed = run('node', ['bench/verify_page.mjs', `${build}/tests/verify/write_many`, `${build}/src/web/jiaoti-verify.html`]);
  for (const line of printed.trim().split('\n')) {
    const r = JSON.parse(line);
    const how = [r.thread === 'worker' ? 'worker' : "page's thread", r.slower > 1 ? `${r.slower} times slower` : '', r.vectors ? '' : 'no vectors'];
    row(`(a) check in the browser, ${count(r.applicants)}, ${how.filter(Boolean).join(', ')}`,
      `${r.ms} ms${r.processor_ms ? ` (${r.processor_ms} ms of processor)` : ''}`);
  }
}

// ---- (f) What if: the whole city again ----

function forecast() {
  const lines = tool('forecast_bench').trim().split('\n').map((line) => JSON.parse(line));
  const of = (name) => median(lines.map((line) => line[name]));
  const what = `(f) what if, ${count(lines[0].communities)} communities, ${count(lines[0].catchments)} catchments, six years`;
  row(what, `${of('ours_ms').toFixed(2)} ms`, `${of('sql_ms').toFixed(1)} ms, the same by SQL in SQLite`,
    of('sql_ms') / of('ours_ms'), { least: 10 });
  row(`${what}: under 100 ms of computing`, `${of('ours_ms').toFixed(2)} ms`, '', null, { holds: of('ours_ms') < 100, text: '< 100 ms' });
  row('(f) learning from eight counts, back-test included', `${of('learn_ms').toFixed(0)} ms`);
}

// ---- (i) The nearest of 100,000 sports grounds ----

function atlas() {
  const lines = tool('atlas_bench').trim().split('\n').map((line) => JSON.parse(line));
  const of = (name) => median(lines.map((line) => line[name]));
  const what = `(i) the 20 nearest of ${count(lines[0].venues)} sports grounds with a sport`;
  const ms = (value) => `${value.toFixed(4)} ms`;
  row(what, ms(of('ours_ms')), `${ms(of('sql_ms'))}, by SQL in SQLite`, of('sql_ms') / of('ours_ms'), { least: 10 });
  row(`${what}, the peer told how far to look`, ms(of('ours_ms')), `${ms(of('box_ms'))}, by SQL in SQLite`, of('box_ms') / of('ours_ms'), { least: 1 });
  row(`${what}: the slowest of 400 under 1 ms`, ms(of('most_ms')), '', null, { holds: of('most_ms') < 1, text: '< 1 ms' });
  row(`${what} and open now`, ms(of('open_ms')), '', null, { holds: of('open_ms') < 1, text: '< 1 ms' });
  row('(i) building the index', `${of('build_ms').toFixed(0)} ms`);
}

// ---- Data ----

function copyOf(name) {
  const to = `${folder}/${name}`;
  rmSync(to, { recursive: true, force: true });
  cpSync(base, to, { recursive: true });
  return to;
}

function readDrafts(path) {
  return readFileSync(path, 'utf8').trim().split('\n').map((line) => {
    const [application, account, token] = line.split(' ');
    return { application, account, token };
  });
}

function prepare() {
  const needed = each * levels.length * (rounds + 1) + readers;
  note(`preparing a demo city and ${count(needed)} drafts ...`);
  rmSync(base, { recursive: true, force: true });
  run(jiaoti, ['demo', '--city', 'cities/liaocheng', '--data', base, '--scale', '0.02']);
  tool('prepare', base, needed, drafts);
  return readDrafts(drafts);
}

const serve = (data, more = []) => start('jiaoti', '/healthz',
  (port) => [jiaoti, 'serve', '--data', data, '--port', port, '--loops', loops, '--drain', 1, ...more]);

// With the processor's time for each answer, which a busy machine changes less than it does the rate.
function timed(server, requests, options) {
  const before = processor(server);
  const figures = load(server, requests, options);
  figures.cost = ((processor(server) - before) * 1e6) / figures.answers;
  return figures;
}

// ---- (b) Durable submissions ----

// The pages are opened first, as families do; then all are sent. Returns the load's figures and the batches.
function submissions(server, list, connections) {
  const pages = writeRequests(`${folder}/pages.bin`, list.map((d) => get(`/apply/${d.application}/answers`, d.token)));
  const keys = load(server, pages, { connections: 64, status: 200, extract: '/submit"><input type="hidden" name="form_key" value="' });
  const forms = writeRequests(`${folder}/forms.bin`, list.map((d, i) => post(`/apply/${d.application}/submit`, d.token,
    { form_key: keys[i], version: '1', salt: '', true: 'yes' })));
  const commands = metric(server, 'jiaoti_writer_commands_total');
  const commits = metric(server, 'jiaoti_writer_commits_total');
  const figures = timed(server, forms, { connections, status: 303, marker: '/receipt\r\n' });
  figures.batch = (metric(server, 'jiaoti_writer_commands_total') - commands) /
    (metric(server, 'jiaoti_writer_commits_total') - commits);
  return figures;
}

// What ours ran, recorded on a copy for exact repetition.
function record(name, batch, from) {
  const data = copyOf('recorded');
  const file = `${folder}/${name}.recording`;
  tool('record', data, drafts, from, each, batch, file);
  return file;
}

function bare(recording) {
  return JSON.parse(tool('bare_sqlite', `${copyOf('bare')}/jiaoti.db`, recording));
}

const cost = (list) => median(list.map((f) => f.cost));
const rate = (list) => median(list.map((f) => f.rate));

function express(name, database, page, workers, recording) {
  return start(name, '/healthz', () => ['node', 'bench/peers/server.mjs'], {
    DATABASE: database, PAGE: page, SECRET: 'bench', WORKERS: String(workers), NODE_ENV: 'production',
    ...(recording ? { RECORDING: recording, DRAFTS: drafts, FROM: String(readers) } : {}),
  });
}

function peerSubmissions(list, recording, page, workers, connections) {
  const server = express('express-submissions', `${copyOf('peer')}/jiaoti.db`, page, workers, recording);
  try {
    return load(server, writeRequests(`${folder}/peer.bin`, list.map((d) => {
      const path = `/apply/${d.application}/submit`;
      const random = randomBytes(16).toString('hex');
      const hash = createHash('sha256').update(Buffer.from(d.token, 'hex')).digest();
      const mac = createHmac('sha256', 'bench').update(hash).update(path).update(random).digest('hex').slice(0, 32);
      return post(path, d.token, { form_key: random + mac, version: '1', salt: '', true: 'yes' });
    })), { connections, status: 303, marker: '/receipt' });
  } finally {
    stop(server);
  }
}

// A part of a measurement that may be missing: its figures, or why not.
function attempt(into, what) {
  try {
    into.push(what());
  } catch (error) {
    into.error = error;
  }
}

function submissionRows(server, all, page) {
  let next = readers;
  const take = () => all.slice(next, (next += each));
  const ours = {}, alone = {}, peers = { 1: [], [loops]: [] };
  const one = [];
  for (const connections of levels) {
    ours[connections] = [];
    const warm = submissions(server, take(), connections);
    note(`warm-up at ${connections} connections: ${count(warm.rate)}/s, ${warm.batch.toFixed(0)} a commit`);
    alone[connections] = { batch: Math.max(1, Math.round(warm.batch)), figures: [] };
    alone[connections].file = record(`bare-${connections}`, alone[connections].batch, readers);
  }
  const singly = record('bare-1', 1, readers);
  for (let r = 0; r < rounds; r++) {
    for (const connections of levels) {
      ours[connections].push(submissions(server, take(), connections));
      alone[connections].figures.push(bare(alone[connections].file));
    }
    one.push(bare(singly));
    for (const workers of Object.keys(peers)) {
      attempt(peers[workers], () => peerSubmissions(all.slice(readers, readers + Math.ceil(each / 4)), singly, page, workers, 64));
    }
  }
  for (const connections of levels) {
    const { batch, figures } = alone[connections];
    const p = (name) => median(ours[connections].map((f) => f[name])).toFixed(1);
    row(`(b) durable submissions, ${connections} connections`,
      `${count(rate(ours[connections]))}/s, p50 ${p('p50_ms')} ms, p99 ${p('p99_ms')} ms`,
      `${count(rate(figures))}/s the same SQL (${figures[0].statements.toFixed(0)} statements) in bare SQLite, ${batch} a commit`,
      rate(ours[connections]) / rate(figures), { least: 0.5 });
  }
  const wait = median(ours[1000].map((f) => f.p99_ms));
  row('(b) p99 of a submission, 1000 connections', `${wait.toFixed(1)} ms`, '', null, { holds: wait < 250, text: '< 250 ms' });
  row('(b) processor time of a submission, 1000 connections', `${cost(ours[1000]).toFixed(0)} µs, all threads`,
    `${cost(alone[1000].figures).toFixed(0)} µs bare SQLite`, cost(alone[1000].figures) / cost(ours[1000]));
  row('(b) the same, each its own commit in bare SQLite', `${count(rate(ours[64]))}/s`, `${count(rate(one))}/s`,
    rate(ours[64]) / rate(one));
  const good = Object.keys(peers).filter((w) => peers[w].length);
  if (good.length === 0) {
    missing('(d) durable submissions beside Express', peers[1].error);
    return;
  }
  const best = good.sort((a, b) => rate(peers[b]) - rate(peers[a]))[0];
  row('(d) durable submissions beside Express, 64 connections', `${count(rate(ours[64]))}/s`,
    `${count(rate(peers[best]))}/s Express 5 + better-sqlite3, ${best} process${best > 1 ? 'es' : ''} (the better of 1 and ${loops})`,
    rate(ours[64]) / rate(peers[best]), { least: 3 });
}

// ---- (c), (d) The status page ----

function pageRows(server, all) {
  const list = all.slice(0, readers);
  const forms = submissions(server, list, 64); // their applications are submitted: a page with something on it
  note(`the readers' own submissions: ${count(forms.rate)}/s`);
  const requests = writeRequests(`${folder}/status.bin`, list.map((d) => get(`/apply/${d.application}/status`, d.token)));
  const once = load(server, requests, { connections: 64, status: 200, marker: '</html>' });
  const page = `${folder}/status.html`;
  writeFileSync(page, run('curl', ['-s', '--max-time', '5', '-H', `Cookie: jiaoti=${list[0].token}`,
    `http://127.0.0.1:${server.port}/apply/${list[0].application}/status`]));
  const database = `${folder}/express`;
  rmSync(database, { recursive: true, force: true });
  mkdirSync(database);
  run('sqlite3', [`${folder}/served/jiaoti.db`, `.backup ${database}/jiaoti.db`]);
  const bareServer = start('evhttp', '/', (port) => [`${build}/bench/bare_evhttp`, port, loops, page]);
  const peers = {};
  for (const workers of new Set([1, loops])) {
    try {
      peers[workers] = { server: express(`express-${workers}`, `${database}/jiaoti.db`, page, workers), figures: [] };
    } catch (error) {
      peers.error = error;
    }
  }
  const ours = {}, evhttp = {};
  for (let r = 0; r < rounds; r++) {
    for (const connections of levels) {
      const options = { connections, status: 200, marker: '</html>', seconds };
      (ours[connections] ??= []).push(timed(server, requests, options));
      (evhttp[connections] ??= []).push(timed(bareServer, requests, options));
    }
    for (const peer of Object.values(peers).filter((p) => p.server)) {
      attempt(peer.figures, () => load(peer.server, requests, { connections: 64, status: 200, marker: 'Receipt', seconds }));
    }
  }
  const under = memory(server);
  stop(bareServer);
  for (const connections of levels) {
    row(`(c) status page, ${once.bytes} bytes, ${connections} connections`,
      `${count(rate(ours[connections]))}/s, p99 ${median(ours[connections].map((f) => f.p99_ms)).toFixed(1)} ms`,
      `${count(rate(evhttp[connections]))}/s bare evhttp, the same bytes`, rate(ours[connections]) / rate(evhttp[connections]),
      { least: 0.6 });
  }
  row('(c) processor time of the server for a page, 64 connections', `${cost(ours[64]).toFixed(1)} µs`,
    `${cost(evhttp[64]).toFixed(1)} µs bare evhttp`, cost(evhttp[64]) / cost(ours[64]));
  const measured = Object.entries(peers).filter(([, p]) => p.figures?.length);
  if (measured.length === 0) {
    missing('(d) status page beside Express', peers.error ?? peers[1].figures.error);
  } else {
    const [workers, best] = measured.sort((a, b) => rate(b[1].figures) - rate(a[1].figures))[0];
    row('(d) status page beside Express, 64 connections', `${count(rate(ours[64]))}/s`,
      `${count(rate(best.figures))}/s Express 5 + better-sqlite3, ${workers} process${workers > 1 ? 'es' : ''} (the better of 1 and ${loops})`,
      rate(ours[64]) / rate(best.figures), { least: 5 });
  }
  for (const peer of Object.values(peers).filter((p) => p.server)) {
    stop(peer.server);
  }
  return { page, under };
}

// ---- (e) Start and memory ----

function startRows() {
  const data = copyOf('started');
  const ours = [], peer = [];
  let idle, other;
  for (let r = 0; r < 5; r++) {
    const server = serve(data);
    ours.push(server.firstMs);
    idle = memory(server);
    stop(server);
    attempt(peer, () => {
      const theirs = express('express-start', `${data}/jiaoti.db`, 'bench/README.md', 1);
      other = memory(theirs);
      stop(theirs);
      return theirs.firstMs;
    });
  }
  row('(e) start to first answer', `${median(ours).toFixed(0)} ms`,
    peer.length ? `${median(peer).toFixed(0)} ms Express, 1 process` : '', peer.length ? median(peer) / median(ours) : null);
  row('(e) memory, idle', `${idle.own} MB of its own, ${idle.all} MB with mapped files`,
    other ? `${other.own} MB, ${other.all} MB Express, 1 process` : '', other ? other.own / idle.own : null);
}

// ---- PostgreSQL ----

function postgres() {
  const own = run('mktemp', ['-d', '/tmp/jiaoti-bench-XXXXXX']).trim();
  run('chmod', ['755', own]);
  const data = `${folder}/postgres`, list = `${folder}/postgres-drafts.txt`;
  const few = Math.min(each, 6000);
  let server = null;
  try {
    const url = run('tools/postgres.sh', ['start', own]).trim().split('\n').at(-1);
    note('a demo city on PostgreSQL ...');
    rmSync(data, { recursive: true, force: true });
    run(jiaoti, ['demo', '--city', 'cities/liaocheng', '--data', data, '--scale', '0.02', '--db', url]);
    tool('prepare', data, few * (levels.length + 1), list, url);
    run('psql', [url, '-qc', 'vacuum analyze']); // as its autovacuum has done by the morning of a real city
    const all = readDrafts(list);
    server = serve(data, ['--db', url]);
    submissions(server, all.slice(0, few), 64);
    levels.forEach((connections, i) => {
      const f = submissions(server, all.slice(few * (i + 1), few * (i + 2)), connections);
      row(`(b) durable submissions on PostgreSQL, ${connections} connections`,
        `${count(f.rate)}/s, p50 ${f.p50_ms.toFixed(1)} ms, p99 ${f.p99_ms.toFixed(1)} ms, ${f.batch.toFixed(0)} a commit`);
    });
  } finally {
    if (server) {
      stop(server);
    }
    run('tools/postgres.sh', ['stop', own]);
    rmSync(own, { recursive: true, force: true });
  }
}

// ---- All of it ----

function part(what, measure) {
  try {
    return measure();
  } catch (error) {
    missing(what, error);
    return null;
  }
}

function served(all) {
  const server = serve(copyOf('served'));
  try {
    const pages = part('(c) status page', () => pageRows(server, all));
    part('(b) durable submissions', () => submissionRows(server, all, pages?.page ?? 'bench/README.md'));
    const peak = memory(server);
    row('(e) memory after all loads', `${peak.own} MB of its own, ${peak.all} MB with mapped files, ${peak.most} MB at most`);
  } finally {
    stop(server);
  }
}

// Also when it is ended early: what was measured is not lost.
function finish() {
  console.log(`\n${machine()}\n\n${asText()}\n`);
  if (process.argv.includes('--save')) {
    const page = 'docs/performance.md';
    const old = existsSync(page) ? readFileSync(page, 'utf8') : '';
    const mark = '<!-- table -->';
    const before = old.includes(mark) ? old.slice(0, old.indexOf(mark)) : '# Performance\n\n';
    const after = old.split(mark)[2] ?? '\n';
    writeFileSync(page, `${before}${mark}\n${machine()}; ${rounds} rounds; ${new Date().toISOString().slice(0, 10)}.\n\n${asMarkdown()}\n${mark}${after}`);
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    stopAll();
    finish();
    process.exit(1);
  });
}
mkdirSync(folder, { recursive: true });
// PARTS names what is measured: one of these, or one part of `allot` alone; all when nothing is named.
const ALLOT = ['mechanisms', 'hashing', 'balance', 'transcript', 'browser', 'instructions'];
const PARTS = [
  'allot',
  'server',
  'start',
  'figures',
  'forecast',
  'postgresql',
  'import',
  'atlas',
  'casework',
];
const named = (process.env.BENCH_PARTS ?? '').split(/[\s,]+/).filter(Boolean);
const wrong = named.find((name) => ![...PARTS, ...ALLOT].includes(name));
if (wrong) {
  console.error(`There is no part ${wrong}. Parts are ${PARTS.join(', ')}; of allot: ${ALLOT.join(', ')}.`);
  process.exit(2);
}
const wanted = (name) => named.length === 0 || named.includes(name) || (ALLOT.includes(name) && named.includes('allot'));
try {
  note(`${machine()}; ${rounds} rounds`);
  for (const name of ALLOT.filter(wanted)) {
    part(`(a) ${name}`, name === 'browser' ? checking : allot[name]);
  }
  const all = wanted('server') || wanted('start') ? part('(b), (c), (d), (e): the drafts', prepare) : null;
  if (all && wanted('start')) {
    part('(e) start', startRows);
  }
  if (all && wanted('server')) {
    part('(b), (c), (d): the server', () => served(all));
  }
  if (wanted('figures')) {
    part('(f) figures on SQLite', () => figures.onSqlite(rounds));
    part('(f) figures on PostgreSQL', () => figures.onPostgres(rounds));
  }
  if (wanted('postgresql')) {
    part('(b) on PostgreSQL', postgres);
  }
  if (wanted('forecast')) {
    part('(f) forecast', forecast);
  }
  if (wanted('import')) {
    part('(h) import', importPupils);
    part('(h) import on PostgreSQL', importPostgres);
    importClean();
  }
  if (wanted('atlas')) {
    part('(i) atlas', atlas);
  }
  if (wanted('casework')) {
    part('(k) casework', () => casework.pages(rounds));
  }
} finally {
  stopAll();
}
finish();
