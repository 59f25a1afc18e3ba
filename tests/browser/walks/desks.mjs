// What else lies on desks: colleges answer a problem and the enterprise chooses; a family appeals and somebody else decides;
// a fault at a sports ground, reported by anybody; a referral that opens for its named persons alone; promises in time; food
// safety by results; zones of inspectors; everything of somebody goes to another.
import assert from 'node:assert/strict';
import { find } from '../city.mjs';
import { png } from '../paper.mjs';
import { walk } from '../walk.mjs';
import { DESKTOP_EN_SCRIPTS, DESKTOP_ZH, PHONE_EN, PHONE_ZH } from '../worlds.mjs';

const account = (where) => find(`select id from account where ${where} order by id limit 1`)[0][0];
const officer = () => account("roles = 16 and scope = '371502'");
const cityDesk = () => account("roles = 32 and scope = '3715'");
const picture = { name: 'mended.png', mimeType: 'image/png', buffer: png() };

async function dayIn(v, name, [year, month, day]) {
  for (const [part, value] of [['year', year], ['month', month], ['day', day]]) {
    await v.fill(`${name}-${part}`, String(value));
  }
}

// The demo enterprise's problem has answers of colleges: it declines one, chooses one, and the third ends by that.
async function answers(v) {
  const enterprise = account('roles = 1024');
  const [[firm]] = find(`select institution from account where id = ${enterprise}`);
  const [[id, number]] = find(`select id, number from case_file where kind = 'problem' and stage = 'bids' and institution = ${firm}`);
  const bids = find(`select id from case_file where parent = ${id} and closed_at is null order by id`).map(([bid]) => bid);
  assert.equal(bids.length, 3);
  await v.go(`/public/case/${number}`);
  assert.equal(await v.page.locator(`main a[href="/cases/open/bid?parent=${id}"]`).count(), 1);
  await v.signIn(account('roles = 2'));
  await v.go(`/cases/open/bid?parent=${id}`, { status: 404 }); // no college
  await v.signOut();
  await v.signIn(enterprise);
  await v.go(`/case/${id}`);
  await v.go(`/case/${bids[0]}/act/decline`);
  await v.fill('note', '与设备不符');
  await v.send(`/case/${bids[0]}/act/decline`);
  await v.go(`/case/${bids[1]}/act/choose`);
  await v.send(`/case/${bids[1]}/act/choose`, { status: 422 });
  await v.fill('f_chosen', '方案最完整');
  await v.send(`/case/${bids[1]}/act/choose`);
  await v.sees('已选定', 'Chosen');
  await v.go(`/case/${bids[2]}`);
  await v.sees('未选定', 'Not chosen');
  await v.go(`/case/${id}`);
  await v.sees('合作中', 'At work');
  await v.sees('方案最完整');
  await v.signOut();
}

// The family whose result is published says why it is wrong; the officer who allotted may not decide, the city does.
async function appeal(v) {
  const [[id, family]] = find(`select a.id, a.account from application a join round r on r.id = a.round where r.state =
    'published' and a.state = 'submitted' and a.id not in (select cast(subject as integer) from case_file where kind = 'appeal')
    order by a.id limit 1`);
  await v.signIn(family);
  await v.go(`/apply/${id}/result`);
  await v.go(`/apply/${id}/appeal`);
  await v.send(`/apply/${id}/appeal`, { status: 422 });
  await v.choose('f_against', 'allotment');
  await v.fill('f_grounds', '我家离学校更近');
  await v.page.locator('input[name=picture1]').setInputFiles(picture);
  await v.send(`/apply/${id}/appeal`);
  const [, , number] = v.path.split('/');
  await v.sees('复核中', 'Being decided');
  assert.match(find(`select value from case_value where case_file = ${number} and field = 'explained'`)[0][0], /./);
  await v.go(`/apply/${id}/result`);
  assert.equal(await v.page.locator(`main a[href="/apply/${id}/appeal"]`).count(), 0, 'one at a time');
  await v.signOut();
  const [[division]] = find(`select division from case_file where id = ${number}`);
  const [[allotted]] = find(`select s.account from round_step s join application a on a.round = s.round where a.id = ${id} and s.step = 'allot'`);
  await v.signIn(allotted);
  await v.go(`/case/${number}`);
  await v.sees('必须由另一个人办理', 'must be done by somebody else');
  await v.go(`/case/${number}/act/refused`); // it is led back
  assert.equal(v.path, `/case/${number}`);
  await v.signOut();
  await v.signIn(account(`roles = 16 and scope <> '${division}' and scope like '3715%'`));
  await v.go(`/case/${number}`, { status: 404 });
  await v.signOut();
  await v.signIn(cityDesk());
  await v.go(`/case/${number}/act/refused`);
  await v.fill('f_outcome', '距离按名录坐标计算，核对无误');
  await v.send(`/case/${number}/act/refused`);
  await v.signOut();
  await v.signIn(family);
  await v.go(`/case/${number}`);
  await v.sees('距离按名录坐标计算');
  await v.signOut();
}

async function fault(v) {
  const [[code]] = find("select code from venue_fact where replaced_at = 253402300800000 and valid_until = 2932897 and division like '371502%' order by code desc limit 1");
  await v.go(`/venue/${code}`);
  const sign = await v.context.request.get(new URL(`/venue/${code}/sign.pdf`, v.page.url()).href);
  assert.equal(sign.headers()['content-type'], 'application/pdf');
  await v.go('/public/open/fault/NOSUCH', { status: 404 });
  await v.go(`/public/open/fault/${code}`);
  await v.send(`/public/open/fault/${code}`, { status: 422 });
  await v.choose('f_severity', 'major');
  await v.fill('f_fault', '单杠松动 <b>&');
  await v.send(`/public/open/fault/${code}`);
  const [number] = (await v.page.locator('main .govuk-summary-list__value').allTextContents()).map((s) => s.trim());
  const [[id]] = find(`select id from case_file where number = '${number}'`);
  await v.go(`/public/case/${number}`, { status: 404 }); // not before it was looked at
  await v.signIn(officer());
  await v.go(`/case/${id}`);
  await v.sees('单杠松动 <b>&');
  await v.go(`/case/${id}/act/confirmed`);
  await v.fill('f_notice', '单杠松动，暂停使用');
  await v.send(`/case/${id}/act/confirmed`);
  await v.signOut();
  await v.go(`/venue/${code}`);
  await v.sees(number);
  await v.go(`/public/case/${number}`);
  await v.sees('暂停使用');
  await v.seesNot('<b>');
  await v.signIn(officer());
  await v.go(`/case/${id}/act/mended`);
  await v.fill('f_answer', '已加固');
  await v.page.locator('input[name=picture1]').setInputFiles(picture);
  await v.page.locator('input[name=open_pictures]').check();
  await v.send(`/case/${id}/act/mended`);
  await v.signOut();
  await v.go(`/venue/${code}`);
  await v.seesNot(number);
  await v.go(`/public/case/${number}`);
  const shown = await v.page.locator('main .pictures img').getAttribute('src');
  const image = await v.context.request.get(new URL(shown, v.page.url()).href);
  assert.equal(image.headers()['content-type'], 'image/png');
  const other = await v.context.request.get(new URL(shown.replace(/[0-9]+$/, '1'), v.page.url()).href);
  assert.equal(other.status(), 404, "another case's picture");
}

async function setPassphrase(v, words) {
  await v.go('/cases/passphrase');
  const has = await v.page.locator('input[name=old]').count();
  await v.fill('new', 'short');
  await v.fill('again', 'short');
  await v.send('/cases/passphrase', { status: 422 });
  if (has) {
    await v.page.locator('input[name=anew]').check();
  }
  await v.fill('new', words);
  await v.fill('again', words);
  await v.send('/cases/passphrase');
}

async function open(v, id, words, status = 200) {
  await v.go(`/case/${id}/sealed`);
  await v.fill('passphrase', words);
  await v.choose('reason', 'handling');
  await v.send(`/case/${id}/sealed`, { status });
}

async function sealed(v) {
  const words = { officer: `officer's words ${v.world?.name ?? ''} 1`, clerk: `clerk's own words ${v.world?.name ?? ''} 2` };
  const [[clerk, school]] = find("select a.id, a.institution from account a join institution i on i.id = a.institution where a.roles = 2 and i.division like '371502%' order by a.id limit 1");
  await v.signIn(officer());
  await setPassphrase(v, words.officer);
  await v.signOut();
  await v.signIn(clerk);
  await setPassphrase(v, words.clerk);
  await v.go('/cases/seal/referral');
  await v.send('/cases/seal/referral', { status: 422 });
  await v.fill('f_child', '示例同学，三年级二班');
  await v.choose('f_worry', 'mind');
  await v.fill('f_seen', '连续两周独自哭泣');
  await v.select('holder', String(officer()));
  await v.send('/cases/seal/referral');
  await v.sees('已加密提交', 'Sealed and sent');
  const [[id, number]] = find("select id, number from case_file where kind = 'referral' order by id desc limit 1");
  assert.equal(find(`select institution from case_file where id = ${id}`)[0][0], school);
  await v.go(`/case/${id}`, { status: 404 }); // was not named
  await v.signOut();
  await v.signIn(cityDesk());
  await v.go(`/case/${id}`, { status: 404 });
  await v.go(`/cases/all?q=${number}`);
  await v.sees('没有这样的事项', 'There are none');
  await v.go('/cases/counts/referral');
  await v.signOut();
  await v.signIn(officer());
  await v.go(`/cases?q=${number}`);
  await v.sees(number);
  await v.go(`/case/${id}`);
  await v.seesNot('独自哭泣');
  await open(v, id, 'another sentence here', 422);
  await v.sees('口令不对', 'not your passphrase');
  await open(v, id, words.officer);
  await v.sees('连续两周独自哭泣');
  await v.go(`/case/${id}/act/talked`);
  await v.fill('f_talk', '已面谈，情绪低落');
  await v.send(`/case/${id}/act/talked`);
  await v.go(`/case/${id}/name`);
  await v.select('account', String(clerk));
  await v.fill('passphrase', words.officer);
  await v.send(`/case/${id}/name`);
  await v.signOut();
  await v.signIn(clerk);
  await open(v, id, words.clerk);
  await v.sees('连续两周独自哭泣');
  await v.sees('情绪低落');
  await v.signOut();
  await v.signIn(officer());
  await v.go(`/case/${id}/sealed`);
  await v.sees('口令不对', 'A wrong passphrase'); // the openings
  await v.follow(`main form[action="/case/${id}/unname"] button[value=off]`);
  await v.signOut();
  await v.signIn(clerk);
  await v.go(`/case/${id}/sealed`, { status: 404 });
  await v.signOut();
  const said = find(`select count(*) from case_value where case_file = ${id}`)[0][0];
  assert.equal(String(said), '0');
}

async function promises(v) {
  await v.go('/public/cases/promise');
  await v.go('/public/timeline/promise');
  await v.sees('进度滞后', 'Behind');
  await v.go('/public/timeline/promise?state=closed');
  await v.sees('已兑现', 'Kept', '.plans');
  await v.seesNot(v.say('进度滞后', 'Behind'), '.plans');
  await v.go('/public/timeline/project?county=371502&q=%E7%A4%BA%E4%BE%8B');
  await v.go('/public/timeline/project?q=none-has-this');
  await v.sees('没有这样的事项', 'There are none');
  const [[id]] = find("select id from case_file where kind = 'promise' and closed_at is null order by id limit 1");
  await v.signIn(cityDesk());
  await v.go(`/case/${id}`);
  await v.go(`/case/${id}/line`);
  await v.fill('name', '公开听取意见');
  await v.fill('owner', '办公室');
  await dayIn(v, 'from', [2026, 7, 1]);
  await dayIn(v, 'due', [2026, 8, 1]);
  await v.fill('note', '增加一步');
  await v.send(`/case/${id}/line`);
  await v.sees('公开听取意见');
  await v.signOut();
}

// A plan adds what a school is short of: its conditions say how it would stand then.
async function plans(v) {
  const [[code, division]] = find(`select i.code, i.division from institution i join condition_fact c on c.institution = i.id
    where i.kind between '361' and '369' and c.replaced_at = 253402300800000 order by i.code limit 1`);
  await v.signIn(account(`roles = 16 and scope = '${division.slice(0, 6)}'`));
  await v.go('/cases/open/school_plan');
  await v.fill('title', '达标方案');
  await v.fill('f_shortfall', '校舍不足');
  await dayIn(v, 'f_goal', [2027, 8, 31]);
  await v.fill('code', code);
  await v.send('/cases/open/school_plan');
  const plan = v.path;
  await v.go(`${plan}/line`);
  await v.fill('name', '新建实训楼');
  await v.fill('owner', '学校');
  await dayIn(v, 'from', [2026, 9, 1]);
  await dayIn(v, 'due', [2027, 8, 1]);
  await v.select('measure', 'floor_m2');
  await v.fill('adds', '4321');
  await v.send(`${plan}/line`);
  await v.sees('4,321');
  await v.go(`/conditions/${code}`);
  await v.sees('4,321');
  await v.sees('完成以后', 'When the plan is done');
  await v.signOut();
}

async function food(v) {
  await v.go('/food'); // the public: star canteens and the rule
  await v.signIn(officer());
  await v.go('/food?state=open');
  await v.go('/food');
  const canteen = await v.page.locator('main table a[href^="/food/"]').first().getAttribute('href');
  await v.go(canteen);
  const [[supplier]] = find("select code from institution_fact where kind = 'supplier' and division like '371502%' and replaced_at = 253402300800000 order by code limit 1");
  await v.go(`/food/${supplier}`);
  await v.sees('供应的学校', 'Schools that it supplies');
  await v.go(canteen);
  await v.follow('main a[href^="/cases/open/food_inspection"]');
  await v.fill('title', '例行检查');
  await v.send('/cases/open/food_inspection');
  const inspection = v.path;
  await v.go(`${inspection}/act/inspected`);
  for (const box of await v.page.locator('main input[type=radio][value=yes]').all()) {
    await box.check();
  }
  await v.choose('i_samples', 'no');
  await v.fill('f_report', '留样重量不足');
  await v.send(`${inspection}/act/inspected`);
  await v.go(canteen);
  await v.sees('每餐每样留样');
  await v.signOut();
  // The school notes its day.
  const [[school]] = find(`select i.id from institution i join account a on a.institution = i.id and a.roles in (2, 4) where i.kind in
    ('211', '311', '312') order by i.id limit 1`);
  await v.signIn(account(`institution = ${school} and roles in (2, 4)`));
  await v.go('/returns');
  await v.sees('食堂每日记录', 'Canteen, day by day');
  await v.signOut();
}

async function zones(v) {
  const name = `${v.say('东片', 'East')} ${Date.now() % 100000}`;
  await v.signIn(officer());
  await v.go('/supervision/zones');
  await v.send('/supervision/zones?division=371502&zone=0', { status: 422 });
  await v.fill('zh', name);
  // Each world takes one of its own: a township that is taken leaves its zone.
  const end = v.world.viewport.width < 600 ? 'first' : 'last';
  await v.page.locator('input[name=townships]')[end]().check();
  await v.page.locator('input[name=inspectors]')[end]().check();
  await v.send('/supervision/zones?division=371502&zone=0');
  await v.sees(name);
  const [[zone]] = find(`select id from supervision_zone where name_zh = '${name}'`);
  await v.go(`/supervision/zones?division=371502&zone=${zone}`);
  await v.page.locator('input[name=townships]:checked').uncheck();
  await v.send(`/supervision/zones?division=371502&zone=${zone}`); // dissolved
  await v.seesNot(name);
  await v.signOut();
}

async function handOver(v) {
  await v.signIn(officer());
  const [[held]] = find("select id from case_file where closed_at is null and holder is null and (desk = 4 or (reach / 4) % 2 = 1) and confidential = 0 and division like '371502%' order by id desc limit 1");
  await v.go(`/case/${held}`);
  await v.follow('main button[name=what][value=take]');
  await v.signOut();
  await v.signIn(cityDesk());
  await v.go('/cases/handover');
  await v.select('from', String(officer()));
  await v.select('to', String(officer()));
  await v.fill('note', '调离');
  await v.send('/cases/handover', { status: 422 });
  await v.select('to', String(cityDesk()));
  await v.send('/cases/handover');
  assert.equal(String(find(`select holder from case_file where id = ${held}`)[0][0]), String(cityDesk()));
  await v.signOut();
}

const alone = (take) => async (enter) => take(await enter());
for (const world of [PHONE_ZH, DESKTOP_EN_SCRIPTS]) {
  walk('desks: fault', world, alone(fault));
  walk('desks: sealed', world, alone(sealed));
  walk('desks: promises', world, alone(promises));
}
for (const world of [PHONE_EN, DESKTOP_ZH]) {
  walk('desks: appeal', world, alone(appeal));
  walk('desks: food', world, alone(food));
  walk('desks: zones', world, alone(zones));
}
walk('desks: answers', DESKTOP_ZH, alone(answers));
walk('desks: hand over', PHONE_EN, alone(handOver));
walk('desks: plans', PHONE_ZH, alone(plans));
