// Cases: an inspector hands in a visit by its checklist, what fails becomes a case of the school, which mends it with a
// picture; another person checks it; the county sees and pauses; a plan with lines; a letter by the public and its answer;
// the board of problems.
import assert from 'node:assert/strict';
import { city, find } from '../city.mjs';
import { png } from '../paper.mjs';
import { walk } from '../walk.mjs';
import { DESKTOP_EN_SCRIPTS, DESKTOP_ZH, PHONE_EN, PHONE_ZH } from '../worlds.mjs';

const account = (where) => find(`select id from account where ${where} order by id limit 1`)[0][0];
const officer = () => account("roles = 16 and scope = '371502'");
const inspector = () => account("staff <> ''");
// Open visits of the inspector; first those of schools of which somebody can sign in.
const visits = () => find(`select f.id, f.institution, (select count(*) from account s where s.institution = f.institution)
  from case_file f where f.kind = 'visit' and f.closed_at is null and f.institution in (select c.institution from
  charge_fact c join account a on a.staff = c.staff where c.replaced_at = 253402300800000 and c.valid_until = 2932897)
  order by 3 desc, f.id`);

async function signInSchool(v, institution) {
  await v.signIn(account(`institution = ${institution} and roles in (2, 4)`));
}

// Of several worlds each takes a visit of its own.
let next = 0;
async function answerAll(v, id) {
  await v.go(`/case/${id}`);
  await v.go(`/case/${id}/act/visited`);
  await v.send(`/case/${id}/act/visited`, { status: 422 });
  for (const box of await v.page.locator('main input[type=radio][value=yes]').all()) {
    await box.check();
  }
  await v.fill('f_report', '逐项看过');
}

async function visit(v) {
  await v.signIn(inspector());
  await v.go('/cases');
  await v.sees('我的督办', 'My work');
  const open = visits();
  assert.ok(open.length > next, 'no visit is left');
  const [id, school, accounts] = open[next++];
  await answerAll(v, id);
  await v.choose('i_drinking_water', 'no');
  await v.fill('w_drinking_water', '检测报告过期');
  await v.send(`/case/${id}/act/visited`);
  assert.equal(v.path, `/case/${id}`);
  const [[finding]] = find(`select id from case_file where parent = ${id}`);
  await v.sees('不符合 1 项', '1 not good');
  await v.go(`/case/${finding}`);
  await v.signOut();
  if (Number(accounts) > 0) {
    await mend(v, finding, school);
  }
}

async function mend(v, finding, school) {
  await v.signIn(account(`institution = ${school} and roles in (2, 4)`));
  await v.go('/cases');
  await v.go(`/case/${finding}/act/passed`); // not the school's: it is led back
  assert.equal(v.path, `/case/${finding}`);
  await v.go(`/case/${finding}/act/mended`);
  await v.fill('f_measures', '已重新检测');
  await v.send(`/case/${finding}/act/mended`, { status: 422 });
  await v.sees('请至少附一张照片', 'Add at least one picture');
  await v.page.locator('input[name=picture1]').setInputFiles({ name: 'x.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
  await v.send(`/case/${finding}/act/mended`, { status: 422 });
  await v.page.locator('input[name=picture1]').setInputFiles({ name: 'report.png', mimeType: 'image/png', buffer: png() });
  await v.send(`/case/${finding}/act/mended`);
  assert.equal(v.path, `/case/${finding}`);
  const [[evidence]] = find(`select max(id) from case_evidence where case_file = ${finding}`);
  const image = await v.context.request.get(`${city.url}/case/${finding}/evidence/${evidence}`);
  assert.equal(image.headers()['content-type'], 'image/png');
  await v.go('/case/999999999', { status: 404 });
  await v.signOut();
  await v.signIn(inspector());
  await v.go(`/case/${finding}/act/passed`);
  await v.fill('f_checked', '看了报告');
  await v.send(`/case/${finding}/act/passed`);
  assert.equal(find(`select stage from case_file where id = ${finding}`)[0][0], 'closed');
  await v.signOut();
}

async function county(v) {
  await v.signIn(officer());
  await v.go('/cases/all?kind=rectification&state=open');
  await v.go('/cases/all?state=late');
  await v.go('/cases?q=none-has-this');
  await v.sees('没有这样的事项', 'There are none');
  await v.go('/cases/open');
  const [[code, school]] = find("select code, id from institution where division like '371502%' and kind = '211' order by id limit 1");
  await v.go('/cases/open/rectification');
  await v.fill('title', '围墙开裂');
  await v.choose('f_severity', 'major');
  await v.fill('f_found', '东侧围墙有裂缝');
  await v.fill('code', '0000000000');
  await v.send('/cases/open/rectification', { status: 422 });
  await v.sees('没有这个代码', 'no such code');
  await v.fill('code', code);
  await v.send('/cases/open/rectification');
  assert.match(v.path, /^\/case\/\d+$/);
  await v.sees('围墙开裂');
  const id = v.path.split('/').pop();
  await v.fill('note', '等待鉴定');
  await v.follow('main button[name=what][value=pause]');
  assert.ok(find(`select paused_at from case_file where id = ${id}`)[0][0] > 0);
  assert.equal(find(`select institution from case_file where id = ${id}`)[0][0], school);
  await v.signOut();
  await v.signIn(account("roles = 16 and scope <> '371502' and scope like '3715%'"));
  await v.go(`/case/${id}`, { status: 404 });
  await v.signOut();
}

async function letter(v) {
  const [[code]] = find(`select i.code from institution i join charge_fact c on c.institution = i.id join account a on
    a.staff = c.staff where a.staff <> '' and c.replaced_at = 253402300800000 and c.valid_until = 2932897 order by i.id limit 1`);
  await v.go(`/public/open/letter/${code}`);
  await v.send(`/public/open/letter/${code}`, { status: 422 });
  await v.fill('f_matter', '放学时门口很堵');
  await v.send(`/public/open/letter/${code}`);
  const said = await v.page.locator('main .govuk-summary-list__value').allTextContents();
  const [number, word] = said.map((s) => s.trim());
  const [[id]] = find(`select id from case_file where number = '${number}'`);
  await v.signIn(inspector());
  await v.go(`/case/${id}/act/answered`);
  await v.fill('f_answer', '已和交警协调');
  await v.send(`/case/${id}/act/answered`);
  await v.signOut();
  await v.go('/public/answer');
  await v.fill('number', number);
  await v.fill('word', 'wrongone');
  await v.send('/public/answer', { status: 422 });
  await v.fill('word', word);
  await v.send('/public/answer');
  await v.sees('已和交警协调');
}

async function board(v) {
  await v.signIn(account('roles = 1024'));
  await v.go('/cases');
  await v.go('/cases/open/problem');
  await v.fill('title', '焊接机器人编程');
  await v.fill('f_problem', '缺少会编程的技工');
  await v.fill('f_offers', '提供设备和实习岗位');
  for (const [part, value] of [['year', '2030'], ['month', '1'], ['day', '31']]) {
    await v.fill(`f_until-${part}`, value);
  }
  await v.send('/cases/open/problem');
  const id = v.path.split('/').pop();
  await v.signOut();
  await v.signIn(account("roles = 32"));
  await v.go(`/case/${id}/act/publish`);
  await v.send(`/case/${id}/act/publish`);
  await v.signOut();
  await v.go('/public/cases/problem');
  await v.sees('焊接机器人编程');
  const [[number]] = find(`select number from case_file where id = ${id}`);
  await v.go(`/public/case/${number}`);
  await v.sees('提供设备和实习岗位');
}

// How one hears: an address is asked for, proved by the code that arrives on the telephone, changed and taken away.
async function messages(v) {
  const [[id, number]] = find(`select id, '138' || substr('00000000' || id, -8) from account where roles = ${v.world.viewport.width < 600 ? 2 : 16} order by id limit 1`);
  await v.signIn(id);
  await v.go('/messages');
  await v.sees('未设置', 'Not set');
  await v.follow('a[href="/messages/mail"]');
  await v.fill('address', 'half@');
  await v.send('/messages/mail', { status: 422 });
  await v.seesErrorAt('address');
  await v.go('/messages/sms');
  await v.fill('address', number);
  await v.choose('when', 'digest');
  await v.send('/messages/sms');
  await v.fill('code', '000');
  await v.send('/messages/sms/code', { status: 422 });
  await v.seesErrorAt('code');
  let code;
  for (let tries = 0; !code && tries < 50; tries += 1) {
    const said = await (await fetch(city.phone)).text();
    code = new RegExp(`${number}\\s+\\D*(\\d{6})`).exec(said)?.[1];
    await new Promise((wait) => { setTimeout(wait, code ? 0 : 200); });
  }
  await v.fill('code', code ?? 'none came');
  await v.send('/messages/sms/code');
  await v.sees('每天早上一次', 'once a morning');
  await v.sees('已送达', 'Sent');
  await v.go('/messages/sms');
  await v.send('/messages/sms/remove');
  await v.sees('未设置', 'Not set');
  await v.signOut();
  await v.signIn(account('roles = 128'));
  await v.go('/outbox?state=sent');
  await v.seesNot(number);
}

// A visit without a network: the forms are taken along, one is filled in, the browser closed half-way, handed in, and
// sent when the network is back; another's answer is lost on its way. Each arrives once, whole.
let taken = 0; // visits of the worlds so far, from the end of the plan
async function offline(v) {
  taken += 2;
  const from = -taken;
  const steps = (id) => find(`select count(*) from case_step where case_file = ${id} and act = 'visited'`)[0][0];
  const fillIn = async (id, words) => {
    for (const box of await v.page.locator('main input[type=radio][value=yes]').all()) {
      await box.check();
    }
    await v.fill('f_report', words);
    await v.page.locator('input[name=picture1]').setInputFiles({ name: '现场.png', mimeType: 'image/png', buffer: png(40, 30) });
  };
  const ready = () => v.page.locator('[data-keep=ready]').waitFor();
  const handIn = () => v.page.locator('form[action*="/act/visited"] button:not([type=button])').click();
  await v.signIn(inspector());
  await v.go('/supervision/mine');
  await v.page.locator('[data-take-along]').click();
  await v.page.locator('[data-take-along]', { hasText: v.say('没有网络也能填', 'open without a network') }).waitFor();
  const [first, second] = (await v.page.locator('[data-take]').evaluateAll((all) => all.map((e) => e.dataset.take)))
    .slice(from).map((path) => path.split('/')[2]);
  await v.context.setOffline(true);
  await v.go(`/case/${first}/act/visited`);
  await fillIn(first, '没有网络时填写');
  await v.page.waitForTimeout(600); // what was filled in is kept without being asked
  await v.go('/');
  await v.sees('没有网络', 'No network', 'h1');
  await v.sees('还没有交', 'not handed in');
  await v.go(`/case/${first}/act/visited`);
  await v.page.locator('[data-keep-note]:not([hidden])').waitFor();
  assert.equal(await v.page.locator('[name=f_report]').inputValue(), '没有网络时填写');
  await handIn();
  await v.page.locator('[data-keep-note]', { hasText: v.say('已存在这台手机上', 'kept on this phone') }).waitFor();
  assert.equal(steps(first), '0');
  await v.go('/cases');
  await v.sees('等待送出', 'waits to be sent');
  await v.context.setOffline(false);
  await v.go('/cases');
  await v.page.waitForFunction(() => document.querySelector('[data-kept-list]').hidden);
  await v.page.waitForTimeout(500);
  assert.equal(steps(first), '1');
  assert.equal(find(`select count(*) from case_evidence where case_file = ${first}`)[0][0], '1');
  // The server has it, and its answer is lost.
  await v.go(`/case/${second}/act/visited`);
  await ready();
  await fillIn(second, '回执丢失');
  await v.context.route(`**/case/${second}/act/visited`, async (route) => {
    if (route.request().method() === 'POST') {
      await route.fetch();
      await route.abort();
    } else {
      await route.continue();
    }
  });
  await handIn();
  await v.page.locator('[data-keep-note]', { hasText: v.say('已存在这台手机上', 'kept on this phone') }).waitFor();
  assert.equal(steps(second), '1');
  await v.context.unroute(`**/case/${second}/act/visited`);
  v.problems.splice(0); // the console tells of the answer that was cut off
  await v.go('/cases');
  await v.page.waitForFunction(() => document.querySelector('[data-kept-list]').hidden);
  await v.go(`/case/${second}`);
  assert.equal(steps(second), '1');
  assert.equal(find(`select count(*) from case_evidence where case_file = ${second}`)[0][0], '1');
  // Signing out forgets the pages.
  await v.signOut();
  assert.deepEqual(await v.page.evaluate(async () => (await caches.keys()).filter((name) => name === 'kept-pages')), []);
}

const alone = (take) => async (enter) => take(await enter());
for (const world of [PHONE_ZH, DESKTOP_EN_SCRIPTS]) {
  walk('cases: visit', world, alone(visit));
  walk('cases: letter', world, alone(letter));
}
for (const world of [PHONE_EN, DESKTOP_ZH]) {
  walk('cases: county', world, alone(county));
  walk('cases: messages', world, alone(messages));
}
for (const world of [PHONE_ZH, DESKTOP_EN_SCRIPTS]) {
  walk('cases: offline', world, alone(offline));
}
walk('cases: board', DESKTOP_ZH, alone(board));
