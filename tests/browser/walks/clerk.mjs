// The school's desk: the queue and its keys, a file, a reason to see it unmasked, a correction that the family makes,
// decisions one by one and in bulk, the export. Then the county's reviewer, who sees what the school handed on.
import assert from 'node:assert/strict';
import { city, find } from '../city.mjs';
import { walk } from '../walk.mjs';
import { DESKTOP_ZH, PHONE_EN, PHONE_ZH } from '../worlds.mjs';
import { handIn } from './family.mjs';

// A listed school clerk of the stage with an application of a listed or unlisted demo family in its queue.
function desks() {
  return find('select c.id, min(a.id), count(a.id) from account c join application a on a.school = c.institution '
    + "and a.review = 'waiting' and a.review_level = 'school' and a.state = 'submitted' join round r on r.id = a.round "
    + "and r.state = 'open' where c.roles = 2 and c.demo = 1 group by c.id having count(a.id) >= 5 order by c.id");
}

async function walkTheQueue(v) {
  const rows = v.page.locator('tr[data-row]');
  const focused = () => v.page.evaluate(() => document.activeElement?.getAttribute('href'));
  const href = (i) => rows.nth(i).locator('a[data-open]').getAttribute('href');
  await v.page.keyboard.press('j');
  await v.page.keyboard.press('j');
  assert.equal(await focused(), await href(1));
  await v.page.keyboard.press('k');
  assert.equal(await focused(), await href(0));
  await v.page.keyboard.press('x');
  assert.ok(await rows.first().locator('input[type=checkbox]').isChecked());
  await v.page.keyboard.press('x');
  assert.ok(!await rows.first().locator('input[type=checkbox]').isChecked());
  await v.page.keyboard.press('j');
  const opens = await href(1);
  await v.through(() => v.page.keyboard.press('Enter'));
  assert.equal(v.path, opens);
  await v.go('/work');
}

async function unmask(v, application) {
  assert.match(await v.text('dl.govuk-summary-list'), /\*\*/, 'a child is shown unmasked before a reason is given');
  await v.page.locator('details:has(#why) summary').click();
  await v.fill('why', '看');
  await v.send('/unmask', { status: 422 });
  await v.go(`/file/${application}`);
  await v.page.locator('details:has(#why) summary').click();
  await v.fill('why', '核对户口簿上的姓名');
  await v.send('/unmask');
  assert.doesNotMatch(await v.text('dl.govuk-summary-list'), /\*\*/, 'still masked after a reason was given');
}

async function decide(v, application, decision, { reason, holds } = {}) {
  const form = `form[action="/file/${application}"]`;
  if (holds) {
    for (const box of await v.page.locator(`${form} input[name=holds]`).all()) {
      await box.check();
    }
  }
  await v.page.locator(`${form} input[name=decision][value=${decision}]`).check();
  if (reason) {
    await v.page.locator(`${form} input[name=reasons][value=${reason}]`).check();
  }
  await v.follow(`${form} button`);
}

for (const [world, desk] of [[DESKTOP_ZH, 0], [PHONE_EN, 1]]) {
  walk('A school clerk reviews', world, async (enter) => {
    const [clerk, application] = desks()[desk];
    const v = await enter();
    await v.signIn(clerk);
    assert.equal(v.path, '/work');
    await v.tabsTo('tr[data-row] a[data-open]');
    await v.picture('queue');
    if (world.scripts) {
      await walkTheQueue(v);
    }
    const sheet = await v.download('a[href^="/work/queue.xlsx"]');
    assert.equal(sheet.bytes.subarray(0, 2).toString(), 'PK');
    assert.match(sheet.name, /\.xlsx$/);
    for (const review of ['passed', 'correction', 'waiting']) {
      await v.select('review', review);
      await v.follow('form.filter button');
    }
    const check = await v.page.locator('select[name=check] option').nth(2).getAttribute('value');
    await v.select('check', check);
    await v.follow('form.filter button');

    // One file: masked; unmasked for a reason; back to the family with a reason; passed when it comes again.
    await v.go('/work');
    await v.follow(`a[href="/file/${application}"]`);
    await v.follow(`form[action="/file/${application}"] button`, { status: 422 });
    await v.seesErrorAt('decision');
    await v.go(`/file/${application}`);
    const [[paper]] = find(`select coalesce(min(id), 0) from paper where application = ${application} and removed_at is null`);
    if (paper !== '0') {
      assert.equal(await v.page.locator(`a[href="/paper/${paper}"]`).count(), 0, 'a paper can be opened before a reason is given');
      await v.go(`/paper/${paper}`);
      assert.equal(v.path, `/file/${application}`);
      await v.sees('请先写明为什么要看', 'first write why');
    }
    await unmask(v, application);
    if (paper !== '0') {
      assert.equal(await v.page.locator(`a[href="/paper/${paper}"]`).count(), 1, 'a paper does not open after the reason');
      assert.equal((await v.context.request.get(`${city.url}/paper/${paper}`, { maxRedirects: 0 })).status(), 200);
    }
    await v.picture('file');
    await v.page.locator(`form[action="/file/${application}"] input[name=decision][value=correction]`).check();
    await v.follow(`form[action="/file/${application}"] button`, { status: 422 });
    await v.seesErrorAt('reasons');
    await decide(v, application, 'correction', { reason: 'unreadable' });
    assert.equal(v.path, '/work');
    await v.sees('决定已记录', 'The decision is recorded');
    assert.equal(await v.page.locator(`a[href="/file/${application}"]`).count(), 0);

    const [[family]] = find(`select account from application where id = ${application}`);
    const f = await enter({ world: { ...PHONE_ZH, lang: world.lang, scripts: world.scripts } });
    await f.signIn(family);
    await f.sees('需要您补正', 'Please correct');
    await f.follow(`main a[href="/apply/${application}/status"]`);
    await f.picture('correction');
    await f.follow(`a[href="/apply/${application}/papers"]`);
    await f.follow(`a[href^="/apply/${application}/papers/"]`);
    await handIn(f);
    await f.follow('main a.govuk-button:not(.govuk-button--secondary)');
    await f.send('/correct');
    await f.sees(/排在第/, /you are number/);

    // The school proposes, the county decides.
    await v.go(`/file/${application}`);
    await decide(v, application, 'passed', { holds: true });
    const [[reviewer]] = find('select u.id from account u join round r on r.division = u.scope '
      + `join application a on a.round = r.id where a.id = ${application} and u.roles = 8`);
    const county = await enter();
    await county.signIn(reviewer);
    assert.equal(county.path, '/work');
    await county.sees('审核队列', 'Review queue');
    await county.go(`/file/${application}`);
    await decide(county, application, 'passed');
    await f.go(`/apply/${application}/status`);
    await f.sees('资料已全部确认', 'All facts are confirmed');

    // Two at once go to the counter; without a tick nothing is decided.
    await v.go('/work');
    const bulk = 'form[action="/work"]:has(table)';
    const boxes = v.page.locator('tr[data-row] input[type=checkbox]');
    const receipts = await v.page.locator('tr[data-row] a[data-open]').allInnerTexts();
    await v.page.locator(`${bulk} summary`).click();
    await v.page.locator(`${bulk} input[name=decision][value=counter]`).check();
    await v.page.locator(`${bulk} input[name=reasons]`).first().check();
    await v.follow(`${bulk} button`, { status: 422 });
    await v.sees('请先勾选', 'Tick the applications first');
    await v.go('/work');
    await boxes.nth(0).check();
    await boxes.nth(1).check();
    await v.page.locator(`${bulk} summary`).click();
    await v.page.locator(`${bulk} input[name=decision][value=counter]`).check();
    await v.page.locator(`${bulk} input[name=reasons]`).first().check();
    await v.follow(`${bulk} button`);
    await v.seesNot(receipts[0]);
    await v.seesNot(receipts[1]);
    await v.go('/work?review=counter');
    await v.sees(receipts[0]);

    // Another school's file does not exist for this clerk.
    const [[other]] = find('select a.id from application a, account c where '
      + `c.id = ${clerk} and a.school <> c.institution and a.state = 'submitted' limit 1`);
    await v.go(`/file/${other}`, { status: 404 });
  });
}
