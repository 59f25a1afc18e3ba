// Figures: the list, one with its years, places and rows, another day, files; what the city publishes and corrects.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { city, find } from '../city.mjs';
import { walk } from '../walk.mjs';
import { DESKTOP_ZH, PHONE_EN } from '../worlds.mjs';

const account = (role) => find(`select id from account where roles = ${role} and demo = 1 order by id limit 1`)[0][0];
const DAY = '2023-12-31';

async function everybody(v) {
  await v.go(`/figures?day=${DAY}`);
  await v.sees('全市数据', 'The city in figures');
  assert.ok(await v.page.locator('main tbody tr').count() >= 70);
  await v.picture('figures');
  await v.follow('main a[href^="/figure/kg_quality_share?"]');
  await v.sees('省级优质园称号', 'provincial quality title');
  assert.equal(await v.page.locator('[data-chart=line] tbody tr').count(), 5);
  await v.fill('day', '2022-12-31');
  await v.follow('form.filter button');
  await v.sees('2022-12-31');
  await v.go(`/figure/kg_quality_share?day=${DAY}`);
  await v.picture('figure');
  await v.follow(`main a[href="/figure/kg_quality_share/rows?day=${DAY}"]`);
  await v.go(`/figure/kg_quality_share?day=${DAY}&known=2023-01-01T08:00`);
  await v.go('/figures?day=yesterday', { status: 400 });
  await v.go('/figure/no_such_figure', { status: 404 });
  await v.go(`/figure/pupils_total/rows?day=${DAY}`, { status: 404 }); // who they are is not for everybody
  await v.go(`/figure/pupils_total?day=${DAY}`);
  for (const [kind, type] of [['csv', /text\/csv/], ['xlsx', /spreadsheetml/]]) {
    const file = await v.context.request.get(`${city.url}/figure/kg_quality_count/export/${kind}?day=${DAY}`);
    assert.equal(file.status(), 200);
    assert.match(file.headers()['content-type'], type);
    assert.ok((await file.body()).length > 100);
  }
}

// Rows of persons are for those in whose scope they are.
async function staff(enter) {
  const [[officer, scope]] = find("select id, scope from account where roles = 16 and demo = 1 order by id limit 1");
  const elsewhere = find(`select code from institution where substr(division, 1, 6) <> '${scope}' limit 1`).length;
  const o = await enter();
  await o.signIn(officer);
  await o.go(`/figure/teachers_total/rows?day=${DAY}`);
  await o.go(`/figure/teachers_total/rows?day=${DAY}&division=${scope}`);
  if (elsewhere) {
    const other = find(`select substr(division, 1, 6) from institution where substr(division, 1, 6) <> '${scope}' limit 1`)[0][0];
    await o.go(`/figure/teachers_total/rows?day=${DAY}&division=${other}`, { status: 404 });
  }
  await o.go('/figures/publish', { status: 403 });

  const [[clerk, school]] = find('select id, institution from account where roles = 2 and demo = 1 order by id limit 1');
  const k = await enter();
  await k.signIn(clerk);
  await k.go(`/figure/teachers_total/rows?day=${DAY}&institution=${Number(school) + 1}`);
  const code = find(`select code from institution where id = ${school}`)[0][0];
  const links = await k.page.locator('main tbody a').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
  assert.ok(links.length > 0, 'a clerk sees no row of the own school');
  assert.ok(links.every((href) => href.startsWith(`/register/institution/${code}`)), 'a clerk sees rows of another school');
}

async function publish(c) {
  await c.go('/figures/published');
  await c.follow('main a[href="/figures/publish"]');
  await c.send('/figures/publish', { status: 422 });
  await c.seesErrorAt('name_zh');
  await c.fill('name_zh', '新闻发布会');
  await c.fill('name_en', 'Press briefing');
  await c.fill('day-year', '2023');
  await c.fill('day-month', '12');
  await c.fill('day-day', '31');
  for (const id of ['kg_quality_count', 'kg_quality_share']) {
    await c.page.locator(`input[name=indicator][value=${id}]`).check();
  }
  await c.send('/figures/publish');
  assert.match(c.path, /^\/figures\/published\/\d+$/);
  await c.sees('校验值相符', 'hash holds');
  assert.equal(await c.page.locator('main tbody tr').count(), 2);
  await c.picture('publication');
  return c.path;
}

async function correct(c, page) {
  await c.send(`${page}/correct`, { status: 422 });
  await c.seesErrorAt('reason');
  await c.fill('reason', '核对后更正');
  await c.send(`${page}/correct`);
  await c.sees('第 2 版', 'version 2');
  await c.sees('核对后更正');
  await c.follow(`main a[href="${page}?version=1"]`);
  await c.sees('这一版已更正', 'This version was corrected');
}

for (const world of [DESKTOP_ZH, PHONE_EN]) {
  walk('Figures', world, async (enter) => {
    const v = await enter();
    await everybody(v);

    await staff(enter);
    const c = await enter();
    await c.signIn(account(32));
    await c.go(`/figure/pupils_total/rows?day=${DAY}`);
    const page = await publish(c);
    await correct(c, page);

    await v.go(page);
    await v.sees('校验值相符', 'hash holds');
    assert.equal(await v.page.locator('main form[action$="/correct"]').count(), 0);
    const text = await (await v.context.request.get(`${city.url}${page}/text`)).text();
    const hash = createHash('sm3').update(text).digest('hex');
    await v.sees(hash); // anybody can hash it
    await v.go(`${page}?version=9`, { status: 404 });
    await v.go('/figures/publish');
    assert.match(v.path, /^\/sign-in/);
  });
}
