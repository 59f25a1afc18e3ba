// Supervision: who is without an inspector and why, a proposal that becomes a change of the register, an inspector's plan
// and year, themes, reports as page and sheet, and the plate that everybody can read and print.
import assert from 'node:assert/strict';
import { city, find } from '../city.mjs';
import { walk } from '../walk.mjs';
import { DESKTOP_EN_SCRIPTS, DESKTOP_ZH, PHONE_EN, PHONE_ZH } from '../worlds.mjs';

const open = 'replaced_at = 253402300800000';
const account = (where) => find(`select id from account where ${where} order by id limit 1`)[0][0];
const officer = () => account("roles = 16 and scope = '371502'");
const inspector = () => account("staff <> ''");

async function coverage(v) {
  await v.signIn(account('roles = 32'));
  await v.go('/supervision');
  await v.sees('没有责任督学的学校', 'Schools without an inspector');
  const rows = await v.page.locator('main table').nth(0).locator('tbody tr').count();
  assert.ok(rows > 10, 'a county is missing');
  const lacking = await v.page.locator('main table').nth(1).locator('tbody tr').count();
  assert.ok(lacking > 0);
  await v.sees('督学已离任', 'the inspector left');
  await v.go('/supervision?division=371502');
  assert.ok(await v.page.locator('main table').nth(1).locator('tbody tr').count() < lacking);
  await v.go('/supervision/inspectors?division=371502');
  await v.follow('main table a[href^="/supervision/inspector/"]');
  await v.sees('年考核', 'Assessment of');
  await v.signOut();
}

async function plan(v) {
  await v.signIn(inspector());
  await v.go('/supervision/mine');
  assert.match(v.path, /^\/supervision\/inspector\//);
  await v.sees('入校计划', 'Plan of visits');
  await v.sees('负责的学校', 'Schools in charge');
  assert.ok(await v.page.locator('main a[href^="/plate/"]').count() > 0);
  const mine = v.path.split('/').pop();
  const [[other]] = find(`select code from staff_fact where post = 'inspector' and ${open} and valid_until = 2932897
    and code <> '${mine}' order by id limit 1`);
  await v.go(`/supervision/inspector/${other}`, { status: 404 });
  await v.go('/supervision', { status: 403 });
  await v.signOut();
}

async function reports(v) {
  await v.signIn(officer());
  for (const by of ['school', 'theme', 'item', 'month', 'county']) {
    await v.go(`/supervision/reports?by=${by}`);
  }
  await v.go('/supervision/themes');
  await v.fill('month', 'x');
  await v.fill('name_zh', '校园安全');
  await v.send('/supervision/themes', { status: 422 });
  await v.go('/supervision/interests');
  await v.sees('应回避的学校', 'an inspector must not have');
  await v.signOut();
}

async function plate(v) {
  const [[code]] = find(`select i.code from institution_fact i join charge_fact c on c.institution = i.institution
    join staff_fact s on s.code = c.staff and s.post = 'inspector' and s.${open} and s.valid_until = 2932897
    where i.kind = '211' and i.${open} and i.valid_until = 2932897 and c.${open} and c.valid_until = 2932897
    order by i.id limit 1`);
  await v.go(`/plate/${code}`);
  await v.sees('责任督学', 'Responsible inspector');
  assert.equal(await v.page.locator(`main a[href="/public/open/letter/${code}"]`).count(), 1);
  assert.equal(await v.page.locator('main svg.qr').count(), 1);
  const paper = await v.context.request.get(`${city.url}/plate/${code}.pdf`);
  assert.equal(paper.headers()['content-type'], 'application/pdf');
  assert.equal((await paper.body()).subarray(0, 5).toString(), '%PDF-');
  await v.go('/plate/none', { status: 404 });
  await v.go(`/school/${code}`);
  assert.equal(await v.page.locator(`main a[href="/plate/${code}"]`).count(), 1);
}

// Changes the register: once.
async function assign(v) {
  await v.signIn(officer());
  await v.go('/supervision/assign');
  const pairs = await v.page.locator('main input[name=pair]').count();
  assert.ok(pairs > 0);
  assert.equal(await v.page.locator('main input[name=pair]:checked').count(), pairs, 'the proposal is not ticked');
  await v.fill('note', '补足责任督学');
  await v.send('/supervision/assign');
  assert.match(v.path, /^\/register\/changes\/\d+/);
  await v.signOut();
}

const alone = (take) => async (enter) => take(await enter());
for (const world of [PHONE_ZH, DESKTOP_EN_SCRIPTS]) {
  walk('supervision: coverage', world, alone(coverage));
  walk('supervision: plan', world, alone(plan));
}
for (const world of [PHONE_EN, DESKTOP_ZH]) {
  walk('supervision: reports', world, alone(reports));
  walk('supervision: plate', world, alone(plate));
}
walk('supervision: assign', DESKTOP_ZH, alone(assign));
