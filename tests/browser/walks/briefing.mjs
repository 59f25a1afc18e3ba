// A briefing from the draft to the page that everybody reads, by two persons; dashboards of three levels; conditions of
// vocational schools.
import assert from 'node:assert/strict';
import { city, find } from '../city.mjs';
import { walk } from '../walk.mjs';
import { DESKTOP_ZH, PHONE_EN } from '../worlds.mjs';

const accounts = (role) => find(`select id from account where roles = ${role} and demo > 0 order by id`).map((r) => r[0]);
const DAY = '2023-12-31';

async function press(v, step, options) {
  await v.follow(`main form[action$="/step"] button[value="${step}"]`, options);
}

async function draft(c) {
  await c.go('/briefing');
  await c.follow('main a[href="/briefing/new"]');
  await c.send('/briefing/new', { status: 422 });
  await c.seesErrorAt('name_zh');
  await c.fill('name_zh', '年度数据发布');
  await c.fill('name_en', 'The year in figures');
  for (const [part, value] of [['year', '2023'], ['month', '12'], ['day', '31']]) {
    await c.fill(`day-${part}`, value);
  }
  await c.send('/briefing/new');
  assert.match(c.path, /^\/briefing\/\d+\/work$/);
  await c.sees('草稿', 'draft');
  assert.equal(await c.page.locator('main table tbody tr').count(), 78);
  return c.path.replace('/work', '');
}

// Somebody wants to say what the province said: the check proves that no schools give it.
async function sayOtherwise(c, page) {
  await c.go(`${page}/figure/voc_compliance`);
  await c.fill('said', 'many');
  await c.send(`${page}/figure/voc_compliance`, { status: 422 });
  await c.seesErrorAt('said');
  await c.fill('said', '85.72');
  await c.fill('note', '');
  await c.send(`${page}/figure/voc_compliance`, { status: 422 });
  await c.seesErrorAt('note');
  await c.fill('note', '省里公布的数');
  await c.send(`${page}/figure/voc_compliance`);
  await press(c, 'check');
  await c.sees('不可能', 'impossible');
  await c.seesNot(c.say('核对已通过', 'The check is done')); // the small city's new places are no ten thousand: unanswered
  await c.go(`${page}/figure/voc_compliance`);
  await c.fill('said', '');
  await c.fill('note', '');
  await c.send(`${page}/figure/voc_compliance`);
  await c.go(`${page}/figure/star_canteens`);
  await c.fill('note', '另有两处正在复核');
  await c.send(`${page}/figure/star_canteens`);
  await c.go(`${page}/work`);
  const open = '[href*="/figure/"]:not([href*="?"])';
  const waiting = await c.page.locator(`main tr:has(td .govuk-tag--red:text-matches("等回应|waits")) th ${open}`)
    .evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  assert.ok(waiting.length >= 1);
  for (const href of waiting) {
    await c.go(href);
    await c.fill('note', '演示城市较小');
    await c.send(href);
  }
}

for (const world of [DESKTOP_ZH, PHONE_EN]) {
  walk('Briefing', world, async (enter) => {
    const [first, second] = accounts(32);
    const c = await enter();
    await c.signIn(first);
    const page = await draft(c);
    await sayOtherwise(c, page);
    await press(c, 'check');
    await c.sees('已核对', 'checked');
    assert.equal(await c.page.locator('main button[value=approve]').count(), 0, 'the drafter may approve');

    const v = await enter();
    await v.go(page, { status: 404 }); // nothing of it is out yet
    await v.go(`${page}/work`);
    assert.match(v.path, /^\/sign-in/);

    const chief = await enter();
    await chief.signIn(second);
    await chief.go(`${page}/work`);
    await press(chief, 'approve');
    await chief.sees('已批准', 'approved');
    await c.go(`${page}/work`);
    await press(c, 'publish');
    assert.equal(c.path, page);

    await v.go('/briefing');
    await v.follow(`main a[href="${page}"]`);
    await v.sees('另有两处正在复核');
    await v.picture('briefing');
    const links = await v.page.locator('main p > a[href^="/figure/"]').count();
    assert.ok(links >= 78, `${links} figures are links`);
    const link = await v.page.locator('main p > a[href^="/figure/kg_quality_share?"]').getAttribute('href');
    assert.match(link, /^\/figure\/kg_quality_share\?day=2023-12-31&known=\d{13}$/);
    const said = await v.text('main p > a[href^="/figure/kg_quality_share?"]');
    await v.go(link);
    await v.sees(said.replace('%', ''));
    const pdf = await v.context.request.get(`${city.url}${page}/pdf`);
    assert.equal(pdf.status(), 200);
    assert.equal(pdf.headers()['content-type'], 'application/pdf');
    assert.equal((await pdf.body()).subarray(0, 5).toString(), '%PDF-');

    await c.go(`${page}/work`);
    await c.send(`${page}/correct`, { status: 422 });
    await c.seesErrorAt('reason');
    await c.fill('reason', '核对后更正');
    await c.send(`${page}/correct`);
    await c.sees('第 2 版', 'version 2');
    await v.go(page);
    await v.sees('第 1 版', 'version 1'); // the correction is not out yet
  });

  walk('Dashboards and conditions', world, async (enter) => {
    for (const [role, least] of [[32, 10], [16, 8], [4, 5]]) {
      const s = await enter();
      await s.signIn(accounts(role)[0]);
      await s.go(`/dashboard?day=${DAY}`);
      await s.sees('看板', 'Dashboard');
      assert.equal(await s.page.locator('main table').first().locator('tbody tr').count(), least);
      assert.equal(await s.page.locator('main table[data-chart=line]').count(), least);
      await s.picture(`dashboard-${role}`);
      if (world.scripts) { // a chart is drawn when it comes near the window
        await s.page.locator('main table[data-chart]').first().scrollIntoViewIfNeeded();
        await s.page.locator('main .chart canvas').first().waitFor();
      }
      if (role === 32) {
        await s.follow('main a[href*="division=371502"]');
        await s.sees('东昌府', 'Dongchangfu');
        await s.go('/dashboard?division=3799', { status: 404 });
      }
      if (role === 16) {
        await s.go('/dashboard?division=371526', { status: 404 }); // another county's
      }
      await s.go(`/dashboard?day=${DAY}`);
      await s.follow('main a[href^="/conditions"]');
      await s.sees('中职', 'vocational');
    }

    const v = await enter();
    await v.go(`/conditions?day=${DAY}`);
    await v.sees('85.71');
    await v.seesNot(v.say('差 ', 'short '));
    await v.follow('main tbody a[href^="/conditions/"]');
    await v.seesNot(v.say('补齐办法', 'What would close it'));
    await v.go('/conditions/0000000000', { status: 404 });
    await v.go('/conditions?day=2020-12-31');
    await v.sees('还没有可用的标准', 'No standard had begun');

    const c = await enter();
    await c.signIn(accounts(32)[0]);
    await c.go(`/conditions?day=${DAY}`);
    await c.sees('合计差额', 'Shortfalls together');
    await c.picture('conditions');
    await c.follow('main tbody a[href^="/conditions/"]');
    await c.sees('补齐办法', 'What would close it');
    await c.fill('more', '200');
    await c.follow('form.filter button');
    await c.sees('那时的结果', 'How it would stand');
    for (const [kind, type] of [['csv', /text\/csv/], ['xlsx', /spreadsheetml/]]) {
      const file = await c.context.request.get(`${city.url}/conditions/export/${kind}?day=${DAY}`);
      assert.equal(file.status(), 200);
      assert.match(file.headers()['content-type'], type);
    }
    await c.go('/dashboard');
    const o = await enter();
    await o.go('/dashboard');
    assert.match(o.path, /^\/sign-in/);
  });
}
