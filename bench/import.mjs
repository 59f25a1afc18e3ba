// (f) The import of a whole city's pupils from CSV, beside what the bare clients do with rows that are ready: `.import`
// of sqlite3 and `\copy` of psql into tables with the same columns and indexes.
import { closeSync, cpSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { build, folder, median, note, run } from './tools.mjs';
import { count, row } from './table.mjs';

const pupils = Number(process.env.BENCH_PUPILS ?? 1083000);
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const jiaoti = `${build}/jiaoti`;
const schools = 2000;
const at = (name) => `${folder}/import-${name}`;

// ---- The file ----

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const checked = (front) => front + '10X98765432'[[...front].reduce((sum, digit, i) => sum + digit * weights[i], 0) % 11];

function writeLines(path, lines) {
  const file = openSync(path, 'w');
  let held = [];
  for (const line of lines) {
    held.push(line);
    if (held.length === 20000) {
      writeSync(file, held.join('\n') + '\n');
      held = [];
    }
  }
  writeSync(file, held.join('\n') + (held.length ? '\n' : ''));
  closeSync(file);
}

// People of a division that was never issued: 999 a day, born over eleven years.
function* people(n) {
  yield '学籍号,身份证号,姓名,性别,出生日期,单位代码,学段,入学年份,班级';
  for (let i = 0; i < n; i++) {
    const day = new Date(Date.UTC(2008, 0, 1 + (i % 4000))).toISOString().slice(0, 10);
    const citizen = checked(`999999${day.replaceAll('-', '')}${String(Math.floor(i / 4000) % 1000).padStart(3, '0')}`);
    const family = '王李张刘陈杨赵黄周吴'[i % 10], given = '明华军芳丽强磊洋艳勇'[Math.floor(i / 10) % 10];
    yield `G${String(i).padStart(17, '0')},${citizen},${family}小${given},${Number(citizen[16]) % 2 ? '男' : '女'},${day},` +
      `${3715020000 + (i % schools)},小学,${2015 + (i % 9)},${1 + (i % 10)}`;
  }
}

// ---- Measuring ----

// Wall's and processor's time of a command and its children, in seconds.
function timed(words, options = {}) {
  const done = spawnSync('bash', ['-c', 'TIMEFORMAT="%R %U %S"; time "$@"', 'timed', ...words.map(String)],
    { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (done.status !== 0) {
    throw new Error(`${words[0]} ${words[1]}: ${`${done.stderr}`.trim().split('\n').slice(-3).join(' | ')}`);
  }
  const [wall, user, system] = done.stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { wall, processor: user + system };
}

// The most memory of its own process that an import had, in MB.
function memoryOf(words) {
  const watch = '"$@" >/dev/null 2>&1 & pid=$!; most=0; while kill -0 $pid 2>/dev/null; do ' +
    'now=$(sed -n "s/^RssAnon:[^0-9]*\\([0-9]*\\).*/\\1/p" /proc/$pid/status 2>/dev/null); ' +
    '[ "${now:-0}" -gt $most ] && most=$now; sleep 0.05; done; wait $pid || exit 1; echo $most';
  return Math.round(Number(run('bash', ['-c', watch, 'watched', ...words])) / 1024);
}

const imports = (data, kind, file, more = []) => [jiaoti, 'register', 'import', '--data', data, '--kind', kind, ...more, file];

function registerOf(data, more = []) {
  rmSync(data, { recursive: true, force: true });
  writeLines(at('divisions.csv'), (function* () {
    yield 'code,name_zh,level';
    yield '371502,某县,county';
  })());
  writeLines(at('schools.csv'), (function* () {
    yield 'code,name_zh,kind,ownership,division';
    for (let i = 0; i < schools; i++) {
      yield `${3715020000 + i},第${i}小学,小学,公办,371502`;
    }
  })());
  const [program, ...divisions] = imports(data, 'division', at('divisions.csv'), more);
  run(program, divisions);
  run(program, imports(data, 'institution', at('schools.csv'), more).slice(1));
}

function copied(name) {
  rmSync(at(name), { recursive: true, force: true });
  cpSync(at('base'), at(name), { recursive: true });
  return at(name);
}

function report(what, ours, peer, client) {
  const rate = (list, of) => pupils / median(list.map((f) => f[of]));
  row(`(f) import of ${count(pupils)} pupils, ${what}`,
    `${count(rate(ours, 'wall'))} rows/s: read, checked twice, sealed, recorded`, `${count(rate(peer, 'wall'))} rows/s ${client}`,
    rate(ours, 'wall') / rate(peer, 'wall'));
  row(`(f) the same, by time of all processors, ${what}`, `${(1e6 / rate(ours, 'processor')).toFixed(1)} µs a row`,
    `${(1e6 / rate(peer, 'processor')).toFixed(1)} µs a row ${client}`, rate(ours, 'processor') / rate(peer, 'processor'));
}

// ---- SQLite ----

// The rows that an import made, as files for the bare client: sealed values become texts of the same length.
function rowsForBare(data) {
  const database = `${data}/jiaoti.db`;
  const blob = (name) => `substr(hex(${name}), 1, length(${name}))`;
  run('bash', ['-c', `sqlite3 -csv ${database} "select id, ${blob('citizen_hash')}, ${blob('citizen_sealed')}, ` +
    `${blob('name_sealed')}, sex, birth_day from person" > ${at('person.csv')}; ` +
    `sqlite3 -csv ${database} "select * from pupil_fact" > ${at('pupil.csv')}`]);
  // The partial index on replaced_by stays out: .import has no null, and ours is empty.
  return run('sqlite3', [database, "select sql || ';' from sqlite_master where tbl_name in ('person', 'pupil_fact') and " +
    "sql is not null and name not like '%replaced'"]);
}

function bareSqlite(tables) {
  const database = at('bare.db');
  rmSync(database, { force: true });
  run('sqlite3', [database, tables]);
  return timed(['sqlite3', database, '.mode csv', `.import ${at('person.csv')} person`, `.import ${at('pupil.csv')} pupil_fact`]);
}

function onSqlite() {
  const ours = [], peer = [];
  registerOf(at('base'));
  let tables = null;
  for (let r = 0; r < rounds; r++) {
    const data = copied('sqlite');
    ours.push(timed(imports(data, 'pupil', at('pupils.csv'))));
    tables ??= rowsForBare(data);
    peer.push(bareSqlite(tables));
    note(`import ${r + 1}: ${ours.at(-1).wall.toFixed(1)} s, sqlite3 ${peer.at(-1).wall.toFixed(1)} s`);
  }
  report('SQLite', ours, peer, 'sqlite3 .import of the finished rows');
}

// ---- Memory ----

function memoryRow() {
  const sizes = [10000, 100000, pupils].filter((n, i, all) => all.indexOf(n) === i && n <= pupils);
  const most = sizes.map((n) => {
    writeLines(at('part.csv'), people(n));
    return memoryOf(imports(copied('memory'), 'pupil', at('part.csv')));
  });
  // 64 MB are SQLite's cache, once it is full, 16 MB the sieve for what the file names twice: whatever its length.
  row('(f) memory of the import', sizes.map((n, i) => `${count(n)}: ${most[i]} MB`).join(', '), '', null,
    { holds: most.at(-1) <= 100, text: '≤ 100 MB for any length' });
}

// ---- PostgreSQL ----

function onPostgres() {
  const own = run('mktemp', ['-d', '/tmp/jiaoti-bench-XXXXXX']).trim();
  run('chmod', ['755', own]);
  try {
    const url = run('tools/postgres.sh', ['start', own]).trim().split('\n').at(-1);
    const ours = [], peer = [];
    registerOf(at('postgres'), ['--db', url]);
    ours.push(timed(imports(at('postgres'), 'pupil', at('pupils.csv'), ['--db', url])));
    run('psql', [url, '-qc', `\\copy person to '${at('person.copy')}'`, '-c', `\\copy pupil_fact to '${at('pupil.copy')}'`]);
    run('psql', [url, '-qc', 'create schema bare', '-c', 'create table bare.person (like public.person including all)', '-c',
      'create table bare.pupil_fact (like public.pupil_fact including all)']);
    peer.push(timed(['psql', url, '-qc', `\\copy bare.person from '${at('person.copy')}'`, '-c',
      `\\copy bare.pupil_fact from '${at('pupil.copy')}'`]));
    const rate = (list) => pupils / list[0].wall;
    row(`(f) import of ${count(pupils)} pupils, PostgreSQL, once`, `${count(rate(ours))} rows/s`,
      `${count(rate(peer))} rows/s psql \\copy of the finished rows`, rate(ours) / rate(peer));
  } finally {
    run('tools/postgres.sh', ['stop', own]);
    rmSync(own, { recursive: true, force: true });
  }
}

export function importPupils() {
  note(`a file of ${count(pupils)} pupils ...`);
  writeLines(at('pupils.csv'), people(pupils));
  note(`${count(statSync(at('pupils.csv')).size / 2 ** 20)} MB`);
  onSqlite();
  memoryRow();
}

export function importPostgres() {
  onPostgres();
}

export function importClean() {
  for (const name of ['base', 'sqlite', 'memory', 'postgres', 'bare.db', 'pupils.csv', 'part.csv', 'person.csv', 'pupil.csv',
    'person.copy', 'pupil.copy', 'schools.csv', 'divisions.csv']) {
    rmSync(at(name), { recursive: true, force: true });
  }
}
