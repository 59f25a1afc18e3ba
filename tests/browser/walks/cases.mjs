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

// Of several worlds each takes visits of its own, of those that were open at first.
let plan;
const nextVisit = (end = 'shift') => {
  plan ??= visits();
  assert.ok(plan.length > 0, 'no visit is left');
  return plan[end]();
};
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
  const [id, school, accounts] = nextVisit();
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
  const [[id, number]] = find(`select id, '138' || substr(cast(100000000 + id as text), 2) from account where roles = ${v.world.viewport.width < 600 ? 2 : 16} order by id limit 1`);
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
// Who is away: a colleague stands in, sees the work, and it ends. The calendar, and the lists as sheets.
async function away(v) {
  const [[me, colleague]] = find(`select a.id, b.id from account a join account b on b.roles = a.roles and b.scope = a.scope and
    coalesce(b.institution, 0) = coalesce(a.institution, 0) and b.id > a.id where a.roles = 32 order by a.id desc limit 1`);
  const why = v.say('培训', 'Training');
  await v.signIn(me);
  await v.go('/cases/standin');
  await v.send('/cases/standin', { status: 422 });
  await v.seesErrorAt('by');
  await v.select('by', colleague);
  const day = async (name, year) => {
    for (const [part, value] of [['year', year], ['month', '1'], ['day', '31']]) {
      await v.fill(`${name}-${part}`, value);
    }
  };
  await day('from', '2027');
  await day('until', '2026');
  await v.fill('reason', why);
  await v.send('/cases/standin', { status: 422 });
  await day('from', '2026');
  await day('until', '2026');
  await v.fill('from-month', '7');
  await v.fill('until-month', '8');
  await v.send('/cases/standin');
  await v.sees(why);
  await v.go('/cases/all');
  const sheet = await v.download('a[href^="/cases/all.xlsx"]');
  assert.equal(sheet.bytes.subarray(0, 2).toString(), 'PK');
  await v.follow('a[href="/cases/calendar"]');
  await v.sees('周一', v.world.viewport.width < 600 ? /./ : 'Mon');
  await v.follow(v.page.locator('a[href^="/cases/calendar?month="]').first());
  await v.signOut();
  await v.signIn(colleague);
  await v.go('/cases/standin');
  await v.sees(why);
  await v.follow(v.page.locator('li', { hasText: why }).locator('form[action$="/end"] button').first());
  await v.seesNot(why);
  await v.signOut();
  // Several at once.
  await v.signIn(inspector());
  await v.go('/cases');
  const listed = await v.page.locator('main td a[href^="/case/"]').evaluateAll((all) => all.map((e) => e.getAttribute('href')));
  const due = new Set(find(`select id from case_file where due between (select max(due) from case_file where kind = 'visit'
    and closed_at is null) - 30 and (select max(due) from case_file where kind = 'visit' and closed_at is null)`).map(([id]) => `/case/${id}`));
  await v.go('/cases/calendar');
  const shown = await v.page.locator('.calendar a').evaluateAll((all) => all.map((e) => e.getAttribute('href')));
  assert.deepEqual(new Set(shown), new Set(listed.filter((href) => due.has(href))), 'the month has what is due in it, to its last day');
  await v.go('/cases');
  await v.send('/cases/bulk', { status: 422 });
  for (const box of (await v.page.locator('input[name=case]').all()).slice(0, 2)) {
    await box.check();
  }
  await v.select('act', 'watch');
  await v.send('/cases/bulk');
  await v.sees('2 件中办理了 2 件', '2 of 2 are done');
  await v.go('/cases');
  await v.page.locator('input[name=case]').first().check();
  await v.select('act', 'food_inspection.cancelled').catch(() => v.select('act', 'rectification.failed'));
  await v.send('/cases/bulk');
  await v.sees('1 件中办理了 0 件', '0 of 1 are done');
}

async function offline(v) {
  const lost = v.world.viewport.width < 600; // the city has five visits: the second part is for one world
  const [first, second] = [nextVisit('pop')[0], lost ? nextVisit('pop')[0] : ''];
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
  await v.page.locator('[data-take-along]', { hasText: v.say('已存', 'are kept') }).waitFor();
  assert.ok(await v.page.locator(`[data-take="/case/${first}/act/visited"]`).count(), 'it is to be taken along');
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
  assert.equal(await v.page.locator('[name=picture1]').evaluate((input) => input.files[0]?.name), '现场.png');
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
  await (lost ? lostAnswer(v, second, { steps, fillIn, ready, handIn }) : null);
  // Signing out forgets the pages.
  await v.signOut();
  assert.deepEqual(await v.page.evaluate(async () => (await caches.keys()).filter((name) => name === 'kept-pages')), []);
}

// The server has it, and its answer is lost.
async function lostAnswer(v, second, { steps, fillIn, ready, handIn }) {
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
walk('cases: away', PHONE_EN, alone(away));
walk('cases: away', DESKTOP_ZH, alone(away));
for (const world of [PHONE_ZH, DESKTOP_EN_SCRIPTS]) {
  walk('cases: offline', world, alone(offline));
}
walk('cases: board', DESKTOP_ZH, alone(board));
