// Those who look on: the city, the auditor, the operator; and the page that is shown to who may not see.
import assert from 'node:assert/strict';
import { city, find } from '../city.mjs';
import { walk } from '../walk.mjs';
import { DESKTOP_ZH, PHONE_EN } from '../worlds.mjs';

const account = (role) => find(`select id from account where roles = ${role} and demo = 1 order by id limit 1`)[0][0];

for (const world of [DESKTOP_ZH, PHONE_EN]) {
  walk('City, auditor, operator', world, async (enter) => {
    const c = await enter();
    await c.signIn(account(32));
    assert.equal(c.path, '/city');
    assert.equal(await c.page.locator('tbody tr').count(), 22);
    await c.picture('city');
    await c.tabsTo('tbody a[href^="/county/round/"]');
    await c.follow('tbody a[href^="/county/round/"]');
    assert.equal(await c.page.locator('main form input[name=step]').count(), 0, 'the city may take a county\'s step');
    await c.go('/departments');
    await c.go('/audit', { status: 403 });

    const a = await enter();
    await a.signIn(account(64));
    assert.equal(a.path, '/audit');
    assert.ok(await a.page.locator('tbody tr').count() > 20);
    await a.fill('action', 'answer');
    await a.follow('form.filter button');
    await a.fill('action', 'no.such.action');
    await a.follow('form.filter button');
    await a.sees('没有记录', 'No entries');
    await a.go('/audit?action=session.begin');
    await a.go('/city');
    await a.go('/work', { status: 403 });

    const o = await enter();
    await o.signIn(account(128));
    assert.equal(o.path, '/operator');
    await o.sees('提交次数', 'Durable commits');
    for (const [where, pattern] of [['/healthz', /ok/i], ['/metrics', /jiaoti_writer_commits_total [1-9]/]]) {
      const response = await o.context.request.get(city.url + where);
      assert.equal(response.status(), 200);
      assert.match(await response.text(), pattern);
    }
    await o.go('/password');
    await o.fill('old', 'not the password');
    await o.fill('new', 'long enough to be one');
    await o.fill('again', 'another one altogether');
    await o.send('/password', { status: 422 });
    await o.seesErrorAt('again');
    await o.signOut();
    await o.go('/operator');
    assert.match(o.path, /^\/sign-in/);
    await o.fill('login', 'nobody');
    await o.fill('password', 'nothing at all');
    await o.send('/sign-in', { status: 422 });
    assert.equal(await o.page.locator('#error-summary').count(), 1);
  });
}
