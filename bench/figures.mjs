// (f) Figures: every indicator of the demo city at full size, cold, and pages of its rows; beside the same SQL in the
// database's own client.
import { existsSync, rmSync } from 'node:fs';
import { build, folder, median, note, run, tool } from './tools.mjs';
import { count, row } from './table.mjs';

const CITY = 'cities/liaocheng';
const DAY = '2023-12-31';
const scale = process.env.BENCH_FIGURES_SCALE ?? '1';
const jiaoti = `${build}/jiaoti`;

// What bash tells of its children: processor seconds (user and system), then the wall's.
function timed(command, words) {
  const script = 'began=$(date +%s%N); "$@" > /dev/null || exit 1; echo $(( $(date +%s%N) - began )); times';
  const printed = run('bash', ['-c', script, 'timed', 'bash', '-c', command, 'client', ...words]).trim().split('\n');
  const [user, system] = printed.at(-1).split(' ').map((text) => {
    const [, minutes, seconds] = /(\d+)m([\d.]+)s/.exec(text);
    return (Number(minutes) * 60 + Number(seconds)) * 1000;
  });
  return { wall: Number(printed.at(-3)) / 1e6, processor: user + system };
}

function ourOwn(url, sql) {
  return JSON.parse(tool('figures_bench', url, CITY, DAY, sql));
}

// Takes turns; medians. clock: 'processor' where all work is in the two programs, 'wall' where a server does it.
function measure(name, url, client, words, clock, rounds) {
  const sql = `${folder}/figures-${name}.sql`;
  const ours = [], bare = [], barePage = [];
  for (let i = 0; i < rounds; i++) {
    ours.push(ourOwn(url, sql));
    bare.push(timed(client, [...words, sql]));
    barePage.push(timed(client, [...words, `${sql}.rows`]));
  }
  const at = clock === 'wall' ? 0 : 1;
  const of = (key) => median(ours.map((o) => o[key][at]));
  const beside = median(bare.map((b) => b[clock])), besidePage = median(barePage.map((b) => b[clock]));
  const { indicators, rows, most } = ours[0];
  const time = clock === 'wall' ? 'ms' : 'ms of processor';
  row(`(f) ${indicators} indicators cold, ${count(rows)} rows of ${most}, ${name}`, `${of('cold').toFixed(0)} ${time}`,
    `${beside.toFixed(0)} ${time}, the same SQL in the client`, of('cold') / beside, { holds: of('cold') < 2000, text: '< 2,000 ms' });
  row(`(f) the same on all processors, ${name}`, `${median(ours.map((o) => o.cold_all[0])).toFixed(0)} ms`);
  row(`(f) the same from what is kept, ${name}`, `${of('kept').toFixed(1)} ${time}`);
  row(`(f) slowest page of rows, ${name}`, `${of('page').toFixed(1)} ${time}`,
    `${besidePage.toFixed(1)} ${time}, one page in the client, its start too`, null, { holds: of('page') < 50, text: '< 50 ms' });
}

function prepare(data, more = []) {
  note(`a demo city at scale ${scale} for the figures ...`);
  rmSync(data, { recursive: true, force: true });
  run(jiaoti, ['demo', '--city', CITY, '--data', data, '--scale', scale, ...more]);
}

export function onSqlite(rounds) {
  const data = process.env.BENCH_FIGURES_DATA ?? `${folder}/figures`; // a city that stands already
  if (!process.env.BENCH_FIGURES_DATA) {
    prepare(data);
  }
  if (!existsSync(`${data}/jiaoti.db`)) {
    throw new Error(`${data} holds no jiaoti.db`);
  }
  measure('SQLite', `sqlite:${data}/jiaoti.db`, 'sqlite3 "$1" < "$2"', [`${data}/jiaoti.db`], 'processor', rounds);
}

export function onPostgres(rounds) {
  const own = run('mktemp', ['-d', '/tmp/jiaoti-bench-XXXXXX']).trim();
  run('chmod', ['755', own]);
  try {
    const url = run('tools/postgres.sh', ['start', own]).trim().split('\n').at(-1);
    prepare(`${folder}/figures-postgres`, ['--db', url]);
    run('psql', [url, '-qc', 'vacuum analyze']);
    measure('PostgreSQL', url, 'psql -q "$1" -f "$2"', [url], 'wall', rounds);
  } finally {
    run('tools/postgres.sh', ['stop', own]);
    rmSync(own, { recursive: true, force: true });
  }
}
