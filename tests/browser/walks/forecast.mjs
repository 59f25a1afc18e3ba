// Seats in the years ahead: counts taken in, what everybody sees, a notice, what if, a proposal and who confirms it.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { city, command, find } from '../city.mjs';
import { walk } from '../walk.mjs';
import { DESKTOP_ZH, PHONE_EN } from '../worlds.mjs';

// Six children of each year of birth in every community, of the years that the forecast looks at: taken in once.
let taken = false;
function takeCounts() {
  if (taken) {
    return;
  }
  taken = true;
  const file = path.join(city.data, 'counts.csv');
  const head = 'community,birth_month,counted_on,children,registered\n';
  writeFileSync(file, `${head}x,2019-04,2026-05-31,6,6\n`);
  assert.throws(() => command('forecast', 'import', file, '--data', city.data, ...city.store), (e) => /:2: there is no community 'x'/.test(e.stdout));
  const rows = find('select id from community').flatMap(([id]) => [...Array(13)].map((_, k) => `${id},${2013 + k}-10,2026-05-31,6,5\n`));
  writeFileSync(file, head + rows.join(''));
  assert.match(command('forecast', 'import', file, '--data', city.data, ...city.store), /rows new|as they were/);
}

// Public security's own program, as it sends counts: signed with the shared key, answered with a signed answer.
async function send(body, { number = `walk-${Math.random()}`, spoil = '' } = {}) {
  const id = 'public_security_2026';
  const key = Buffer.from(new RegExp(`${id}: ([0-9a-f]{64})`).exec(readFileSync(path.join(city.data, 'keys/authorities.yaml'), 'utf8'))[1], 'hex');
  const sm3 = (text) => createHash('sm3').update(text).digest('hex');
  const sign = (lines) => createHmac('sm3', key).update(lines.join('\n')).digest('hex');
  const time = String(Date.now());
  const response = await fetch(`${city.url}/forecast/counts`, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'text/csv', 'Jiaoti-Key': id, 'Jiaoti-Time': time, 'Jiaoti-Number': number,
      'Jiaoti-Signature': sign(['JT-ASK-1', 'POST', '/forecast/counts', time, number, sm3(body + spoil)]) },
  });
  const text = await response.text();
  if (response.status !== 401) {
    const said = response.headers;
    assert.equal(said.get('jiaoti-signature'), sign(['JT-ANSWER-1', String(response.status), '/forecast/counts',
      said.get('jiaoti-time'), number, sm3(text)]));
  }
  return { status: response.status, body: JSON.parse(text) };
}

async function sendCounts() {
  const head = 'community,birth_month,counted_on,children,registered\n';
  const row = `${find('select min(id) from community')[0][0]},2019-10,2026-05-30,6,6\n`;
  assert.equal((await send(head + row, { spoil: 'x' })).status, 401);
  const wrong = await send(`${head}0,2019-10,2026-05-30,6,7\n`);
  assert.equal(wrong.status, 422);
  assert.equal(wrong.body.mistakes[0].line, 2);
  const number = `walk-${Date.now()}-${Math.random()}`.slice(0, 40);
  const first = await send(head + row, { number });
  assert.equal(first.status, 200);
  assert.deepEqual(await send(head + row, { number }), first); // sent again: answered again, taken in once
}

async function everybody(v, county) {
  await v.go('/forecast');
  await v.sees('不作为购房', 'no ground for buying');
  await v.follow(`main a[href="/forecast/${county}"]`);
  assert.equal(await v.page.locator('form[action^="/forecast/publish"]').count(), 0);
  await v.follow('main tbody a[href^="/forecast/catchment/"]');
  await v.sees('五次有四次在', 'Four times of five');
  assert.equal(await v.page.locator('main .bar').count(), 6);
  await v.go('/forecast/notices');
  await v.go('/forecast/999999', { status: 404 });
  await v.go('/forecast/catchment/999999', { status: 404 });
  await v.go('/forecast/notice/999999', { status: 404 });
}

async function publish(v, county) {
  await v.go(`/forecast/${county}`);
  await v.send(`/forecast/publish/${county}`);
  assert.match(v.path, /^\/forecast\/notice\/\d+$/);
  await v.sees('不作为购房', 'no ground for buying');
  const notice = v.path;
  const hash = await v.page.locator('main code').innerText();
  const text = await v.download('a[href$="/text"]');
  assert.equal(createHash('sm3').update(text.bytes).digest('hex'), hash);
  await v.go(`/forecast/${county}`);
  await v.send(`/forecast/publish/${county}`); // the same day and words: the same notice
  assert.equal(v.path, notice);
}

async function addSteps(v, county) {
  await v.go('/forecast/scenarios');
  await v.send('/forecast/scenarios', { status: 422 });
  await v.seesErrorAt('name');
  await v.fill('name', v.say('东边增班', 'More in the east'));
  await v.select('county', county);
  await v.send('/forecast/scenarios');
  const scenario = v.path;
  const open = async (text) => { await v.page.locator('summary', { hasText: text }).first().click(); };
  const add = (kind, options) => v.follow(`form:has(input[value="${kind}"]) button`, options);
  await open(v.say('增班、减班', 'Classes of a school'));
  await v.page.locator('#classes-amount').fill('2');
  await add('classes');
  await v.sees('+2');
  await open(v.say('新建学校', 'A new school'));
  await add('build', { status: 422 }); // without a name
  await v.sees('新学校的名称', 'needs a name');
  return scenario;
}

async function tryOut(v, county) {
  const scenario = await addSteps(v, county);
  await v.go(scenario);
  await v.page.locator('summary', { hasText: v.say('新建学校', 'A new school') }).first().click();
  await v.page.locator('#build-name').fill('示例新学校');
  await v.page.locator('#build-amount').fill('90');
  await v.follow('form:has(input[value="build"]) button');
  await v.sees('示例新学校');
  await v.sees(/重算用时 [0-9.]+ 毫秒/, /computed again in [0-9.]+ ms/);
  await v.page.locator('summary', { hasText: v.say('请程序提出', 'Let the program') }).first().click();
  // Whether there is something to propose depends on the demo's rows; either answer is a page.
  const [answer] = await Promise.all([v.page.waitForNavigation({ waitUntil: 'load' }), v.page.locator('form[action$="/suggest"] button').click()]);
  assert.ok([200, 422].includes(answer.status()), `the proposer answered ${answer.status()}`);
  await v.look(answer, answer.status());
  await v.go(scenario);
  const before = await v.page.locator('main ol > li').count();
  await v.follow('main ol > li form button');
  assert.equal(await v.page.locator('main ol > li').count(), before - 1);

  // What the map is given.
  const json = await (await v.context.request.get(`${city.url}${scenario}.json`)).json();
  assert.equal(json.county, county);
  assert.ok(json.catchments.length > 0 && json.catchments.every((c) => c.years.length === 6));

  // Side by side with another.
  await v.go('/forecast/scenarios');
  await v.fill('name', v.say('什么也不改', 'Change nothing'));
  await v.send('/forecast/scenarios');
  await v.fill('note', 'x');
  await v.send('/propose', { status: 422 });
  await v.go('/forecast/scenarios');
  await v.follow('form[action="/forecast/compare"] button');
  await v.sees('并排', 'Side by side');
  return scenario;
}

async function decide(v, scenario, county) {
  await v.go(scenario);
  await v.send('/propose', { status: 422 });
  await v.fill('note', '东边的孩子明年没有学位');
  await v.send('/propose');
  await v.sees('由另一人确认', 'Another person decides');
  await v.signOut();
  const [[other]] = find(`select id from account where roles = 16 and scope like '3715%' and scope <> '${county}' order by id limit 1`);
  await v.signIn(other);
  await v.go(scenario, { status: 404 });
  await v.signOut();
  const [[head]] = find("select id from account where roles = 32 and scope = '3715'");
  await v.signIn(head);
  await v.go(scenario);
  await v.sees('东边的孩子明年没有学位');
  await v.follow('form:has(input[value="confirm"]) button');
  await v.sees(/已执行|已确认/, /in force/);
  await v.signOut();
}

async function plan(v, county) {
  await v.go(`/forecast/plan/${county}`);
  await v.follow('nav.tabs a >> nth=1');
  await v.fill('classes', '201');
  await v.fill('class_size', '45');
  await v.fill('reason', v.say('新教学楼', 'A new building'));
  await v.send(`/forecast/plan/${county}`, { status: 422 });
  await v.fill('classes', '9');
  await v.fill('class_size', '45');
  await v.fill('reason', v.say('新教学楼', 'A new building'));
  await v.send(`/forecast/plan/${county}`);
  await v.sees('405');
}

for (const [world, county] of [[DESKTOP_ZH, '371502'], [PHONE_EN, '371581']]) {
  walk('Seats ahead', world, async (enter) => {
    takeCounts();
    await sendCounts();
    const v = await enter();
    await everybody(v, county);
    const [[officer]] = find(`select id from account where roles = 16 and scope = '${county}'`);
    await v.signIn(officer);
    await publish(v, county);
    await plan(v, county);
    const scenario = await tryOut(v, county);
    await decide(v, scenario, county);
  });
}
