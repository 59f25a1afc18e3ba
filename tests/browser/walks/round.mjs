// A small county's two rounds, from the close to the late round, side by side in two worlds: each step at its date, none
// before, each seen by the public. The clock is the city's, so this walk comes last.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { city, command, find, witnessSecret } from '../city.mjs';
import { walk } from '../walk.mjs';
import { DESKTOP_ZH, PHONE_EN } from '../worlds.mjs';

const COUNTY = '371581';

async function setClock(v, to) {
  await v.go('/demo/clock');
  await v.fill('to', to);
  await v.send('/demo/clock');
  await v.sees('演示时钟已拨动', "The demo's clock was set");
}

// Takes the step that the page offers, or is refused.
async function step(v, round, name, { refused = false, choose } = {}) {
  await v.go(`/county/round/${round}`);
  const form = `form:has(input[name=step][value=${name}])`;
  assert.equal(await v.page.locator(form).count(), 1, `the page does not offer the step ${name}`);
  if (choose) {
    await v.choose('undecided', choose);
  }
  await v.follow(`${form} button`);
  if (refused) {
    await v.sees('这一步没有做', 'The step was not taken');
  } else {
    await v.sees('已完成', 'Done');
  }
}

// Places that nobody confirmed in time come back within seconds; until then the step is refused.
async function placesReturned(v, round) {
  const deadline = Date.now() + 30000;
  const held = `select count(*) from claim c join offer o on o.id = c.offer where o.round = ${round} and c.state = 'held'`;
  while (find(held)[0][0] !== '0') {
    assert.ok(Date.now() < deadline, 'places that were not confirmed in time are still held');
    await v.go(`/county/round/${round}`);
  }
}

async function openSecrets(enter, world, rounds) {
  const witnesses = find(`select id, witness from account where roles = 256 and scope = '${COUNTY}' order by id`);
  assert.equal(witnesses.length, 3);
  for (const [i, [account, witness]] of witnesses.entries()) {
    const w = await enter({ world });
    await w.signIn(account);
    assert.equal(w.path, '/witness');
    const { id, label } = rounds.find((r) => r.world === world);
    if (i === 0) {
      await w.page.locator(`#hex-${id}`).fill('00'.repeat(32));
      await w.send(`/witness/${id}/open`, { status: 422 });
      await w.go('/witness');
    }
    await w.page.locator(`#hex-${id}`).fill(witnessSecret(label, witness));
    await w.send(`/witness/${id}/open`);
    await w.sees('公开于', 'Opened at');
  }
}

walk('A county takes its rounds from the close to the publication', { ...DESKTOP_ZH, name: 'both desktop and phone' }, async (enter) => {
  const rounds = find(`select id, stage, division, year from round where division = '${COUNTY}' and parent is null order by stage desc`)
    .map(([id, stage, division, year], i) => ({ id, label: `${division}-${stage}-${year}`, world: [DESKTOP_ZH, PHONE_EN][i] }));
  const [[officer]] = find(`select id from account where roles = 16 and scope = '${COUNTY}'`);
  const [[reviewer]] = find(`select id from account where roles = 8 and scope = '${COUNTY}'`);
  for (const round of rounds) {
    round.v = await enter({ world: round.world });
    await round.v.signIn(officer);
  }
  const each = async (take) => {
    for (const round of rounds) {
      await take(round.v, round.id, round);
    }
  };
  const clock = (to) => setClock(rounds[0].v, to);

  await each(async (v, id) => {
    await step(v, id, 'close', { refused: true });
    await v.sees('2026年7月10日', '10 July 2026');
    await v.go(`/round/${id}/witness`);
    await v.sees('下载见证人工具', 'Download the kit');
  });
  await clock('2026-07-10 18:01');
  await each(async (v, id) => {
    await step(v, id, 'close');
    const root = (await v.text('.timeline code.hash')).trim();
    assert.match(root, /^[0-9a-f]{64}$/);
    await v.go(`/round/${id}`);
    await v.sees(root);
    const list = await v.download(`a[href="/round/${id}/close.txt"]`);
    assert.ok(list.bytes.includes(root), 'the published list does not name its root');
    await step(v, id, 'final', { refused: true });
  });
  await clock('2026-07-16 18:01');
  await each(async (v, id) => {
    await step(v, id, 'final', { refused: true, choose: 'refuse' });
    await step(v, id, 'final', { choose: 'established' });
    await step(v, id, 'open_secrets', { refused: true });
  });
  for (const { world } of rounds) {
    await openSecrets(enter, world, rounds);
  }
  await clock('2026-07-24 09:01');
  await each(async (v, id) => {
    await step(v, id, 'open_secrets');
    await step(v, id, 'allot');
    await v.go(`/county/round/${id}`);
    await v.picture('county');
    await v.go(`/county/round/${id}/sample`);
    await v.sees('这样的抽样能发现什么', 'What such a sample would have found');
    assert.ok(await v.page.locator('.record select').first().isVisible(), 'nothing to record');
    await v.follow('form:has(input[name=number][value="1"]) button');
    await v.sees('无误', 'Right');
    await v.picture('sample');
    await v.go('/keys');
    await v.sees('公钥', 'key');
    await step(v, id, 'look', { refused: true });
    const second = await enter({ world: v.world });
    await second.signIn(reviewer);
    await step(second, id, 'look');
    await step(v, id, 'publish', { refused: true });
    await v.go(`/round/${id}/cutoffs`);
    await v.sees('结果公布以后才有', 'once the result is published');
  });
  await clock('2026-07-25 09:01');
  await each(async (v, id, { label }) => {
    await step(v, id, 'publish');
    await v.go(`/round/${id}`);
    await v.sees('第一志愿录取', 'First wish');
    const transcript = await v.download(`a[href="/round/${id}/transcript.txt"]`);
    const file = path.join(city.data, `${label}-published.txt`);
    writeFileSync(file, transcript.bytes);
    assert.match(command('verify', file), /./);
    await v.go(`/round/${id}/cutoffs`);
    const [[application, family]] = find('select a.id, a.account from application a join outcome o on o.application = a.id '
      + `where a.round = ${id} and o.offer is not null order by a.id limit 1`);
    const f = await enter({ world: v.world });
    await f.signIn(family);
    await f.go(`/apply/${application}/result`);
    await f.sees('请在', 'Please answer by');
  });
  await each((v, id) => step(v, id, 'late', { refused: true }));
  await clock('2026-07-31 18:01');
  await each(async (v, id) => {
    await placesReturned(v, id);
    await step(v, id, 'late');
    await v.sees('补录', 'late round');
    await v.go(`/county/round/${id}`);
    assert.equal(await v.page.locator('input[name=step][value=late]').count(), 0, 'a second late round is offered');
    await v.sees('转入补录', 'Moved to the late round');
    await v.go(`/round/${id}/cutoffs`);
    await v.sees(/其中\d+个转入补录/, /\d+ of them moved to the late round/);
  });
});
