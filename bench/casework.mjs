// (k) Casework: pages over a year of visits and findings of the whole city, beside the bare SQL in the database's own
// client. Wanted: under 50 ms a page.
import { existsSync, rmSync } from 'node:fs';
import { build, folder, median, note, run, start, stop } from './tools.mjs';
import { count, row } from './table.mjs';

const CITY = 'cities/liaocheng';
const scale = process.env.BENCH_CASEWORK_SCALE ?? '1';
const jiaoti = `${build}/jiaoti`;
const LEAST_MS = 50;

function city() {
  const data = process.env.BENCH_CASEWORK_DATA || `${folder}/casework`; // one that stands already
  if (!process.env.BENCH_CASEWORK_DATA) {
    note(`a demo city at scale ${scale} for casework ...`);
    rmSync(data, { recursive: true, force: true });
    run(jiaoti, ['demo', '--city', CITY, '--data', data, '--scale', scale]);
  }
  if (!existsSync(`${data}/jiaoti.db`)) {
    throw new Error(`${data} holds no jiaoti.db`);
  }
  return data;
}

const ask = (data, sql) => run('sqlite3', ['-readonly', `${data}/jiaoti.db`, sql]).trim();

// The client's own time of the statements, in milliseconds.
function bare(data, sql) {
  const input = `select count(*) from case_file;\n.timer on\n${sql.replace(/\s+/g, ' ').replaceAll('; ', ';\n')}\n`;
  const printed = run('sqlite3', ['-readonly', `${data}/jiaoti.db`], { input });
  return [...printed.matchAll(/real ([\d.]+)/g)].reduce((sum, [, s]) => sum + Number(s) * 1000, 0);
}

// What the pages count and list, in SQL alone.
const counts = (key, join = '') => `select ${key}, count(*), sum(closed_at is not null and failed = 0) from case_file f ${join}
    where f.kind = 'visit' and f.division >= '3715' and f.division < '3715~' group by 1;
  select ${key}, count(*), sum(severity = 'major'), sum(closed_at is null), sum(item <> '' and exists (select 1 from case_file p
    where p.institution = f.institution and p.item = f.item and p.kind = 'rectification' and p.opened_at < f.opened_at
    and p.opened_at >= f.opened_at - 31536000000)) from case_file f ${join} where f.kind = 'rectification' group by 1;`;

export function pages(rounds) {
  const data = city();
  const now = Number(ask(data, "select value from setting where name = 'demo_clock'"));
  const office = ask(data, 'select id from account where roles = 32 order by id limit 1');
  const one = ask(data, "select id from case_file where kind = 'rectification' order by id desc limit 1");
  const coverage = `select i.code, c.staff from institution_fact i left join charge_fact c on c.institution = i.institution and
    c.kind = 'inspector' and c.replaced_at = 253402300800000 and c.valid_from <= ${now / 86400000 | 0} and c.valid_until > ${now / 86400000 | 0}
    where i.replaced_at = 253402300800000 and i.kind in ('111', '211', '218', '311', '312', '341', '342', '345');`;
  const list = `select * from case_file where division >= '371502' and division < '371502~' and closed_at is null
    order by due is null, due limit 50;`;
  const what = [
    ['/supervision', coverage + counts('substr(f.division, 1, 6)')],
    ['/supervision/reports?by=county', counts('substr(f.division, 1, 6)')],
    ['/supervision/reports?by=school', counts('i.code', 'join institution i on i.id = f.institution')],
    ['/supervision/inspectors?division=371502', coverage],
    ['/cases?division=371502', list],
    ['/cases/all', list],
    ['/public/timeline/project', `select * from case_file where kind = 'project' order by closed_at is not null, due limit 25;
      select sum(planned_fen), sum(spent_fen) from case_line l join case_file f on f.id = l.case_file where f.kind = 'project';`],
    ['/food', `select f.institution, count(*), sum((select count(*) from case_file c where c.parent = f.id)) from case_file f
      where f.kind = 'food_inspection' group by 1; select institution, count(*) from register_return where form = 'food_daily' group by 1;`],
    [`/case/${one}`, `select * from case_file where id = ${one}; select * from case_step where case_file = ${one};`],
  ];
  const cases = Number(ask(data, 'select count(*) from case_file'));
  const server = start('jiaoti-casework', '/healthz', (port) => [jiaoti, 'serve', '--data', data, '--port', port, '--loops', 1]);
  try {
    const ours = JSON.parse(run('node', ['bench/casework_pages.mjs', server.port, office, rounds * 10, ...what.map(([path]) => path)]));
    what.forEach(([path, sql], i) => {
      const { status, ms } = ours[i];
      const name = `(k) ${path.replace(/^\/case\/.*/, '/case/N')}, ${count(cases)} cases`;
      if (status !== 200) {
        row(name, `answered ${status}`);
        return;
      }
      const beside = median(Array.from({ length: rounds }, () => bare(data, sql)));
      row(name, `${ms.toFixed(1)} ms`, `${beside.toFixed(1)} ms, the SQL in the client`, null, { holds: ms < LEAST_MS, text: `< ${LEAST_MS} ms` });
    });
  } finally {
    stop(server);
  }
}
