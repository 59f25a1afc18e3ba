// Twins: a family asks that both children go to one school. The second joins with the wishes of the first, is handed in,
// and fixes them; then the first is. The county's reviewer sees it on both files, with the rule that holds there.
import assert from 'node:assert/strict';
import { find } from '../city.mjs';
import { walk } from '../walk.mjs';
import { DESKTOP_EN, PHONE_ZH } from '../worlds.mjs';
import { begin, checksAnswered, consent, dwelling } from './family.mjs';

// A listed family with twins who have not applied yet, and the county's reviewer (name: a pattern of SQL, for an
// apostrophe). rule: what the county's policy says.
function people(county) {
  const [[family]] = find(`select id from account where demo = 1 and demo_note_en like '${county.name}: twins for primary school, neither%'`);
  const [[reviewer]] = find(`select id from account where roles = 8 and scope = '${county.code}' order by id limit 1`);
  return { family, reviewer };
}

// From the first page of the next child to its wishes.
async function toWishes(v) {
  await v.go('/family');
  const application = await begin(v);
  await consent(v);
  await dwelling(v);
  await v.send('/claims');
  await checksAnswered(v);
  await v.send('/checks');
  assert.match(v.path, /\/choices$/);
  return application;
}

const chosen = (v) => v.page.locator('select[name=choice1]').inputValue();

async function submit(v) {
  await v.page.locator('input[name=true]').check();
  await v.send('/submit');
  return (await v.text('.govuk-panel strong')).trim();
}

async function papersThen(v) {
  if (/\/papers$/.test(v.path)) {
    await v.send('/papers');
  }
  assert.match(v.path, /\/answers$/);
}

for (const [world, county] of [[PHONE_ZH, { name: 'Dongchangfu District', code: '371502', rule: 'add' }],
  [DESKTOP_EN, { name: 'Dong_e County', code: '371524', rule: 'fit' }]]) {
  walk('Twins ask for one school', world, async (enter) => {
    const { family, reviewer } = people(county);
    const v = await enter();
    await v.signIn(family);
    const one = await toWishes(v);
    assert.equal(await v.page.locator('form[action$="/together"]').count(), 0, 'asks together with nobody');
    const offers = await v.page.locator('select[name=choice1] option').evaluateAll((options) => options.map((o) => o.value).filter(Boolean));
    await v.select('choice1', offers[0]);
    await v.send('/choices');

    // The second has the wishes of the first as soon as it asks; taken back, it has its own way; then asks again.
    const two = await toWishes(v);
    assert.notEqual(two, one);
    await v.sees('和兄弟姐妹同校', 'Together with a brother or sister');
    await v.sees('双胞胎', 'Twin');
    await v.send('/together');
    await v.sees('下面的志愿对申请同校的孩子都有效', 'The wishes below are those of all the children who ask together');
    assert.equal(await chosen(v), offers[0], 'the second does not have the wishes of the first');
    await v.send('/together');
    await v.seesNot(v.say('下面的志愿对申请同校的孩子都有效', 'The wishes below are those of all'));
    await v.send('/together');
    assert.equal(await chosen(v), offers[0]);
    // A change to one is a change to both.
    const other = offers[offers.length > 1 ? 1 : 0];
    await v.select('choice1', other);
    await v.send('/choices');
    await papersThen(v);
    await v.sees('同校', 'Together with');
    await v.sees('（还没有提交）', '(not handed in yet)');
    await v.go(`/apply/${one}/choices`);
    assert.equal(await chosen(v), other, 'a change to one is not a change to both');

    // Handed in, the second fixes the wishes of the first.
    await v.go(`/apply/${two}/answers`);
    const receipts = { [two]: await submit(v) };
    await v.go(`/apply/${one}/choices`);
    await v.sees('已提交，志愿已定', 'handed in: the wishes are fixed');
    if (offers.length > 1) {
      await v.select('choice1', offers[0]);
      await v.send('/choices', { status: 422 });
      assert.equal(await v.page.locator('#error-summary').count(), 1, 'wishes that are fixed were changed');
      await v.go(`/apply/${one}/choices`);
    }
    await v.send('/choices');
    await papersThen(v);
    await v.sees('（已提交）', '(handed in)');
    receipts[one] = await submit(v);
    assert.notEqual(receipts[one], receipts[two]);
    for (const application of [one, two]) {
      await v.go(`/apply/${application}/status`);
      await v.sees(receipts[application]);
    }
    assert.deepEqual(find(`select count(distinct together), count(*) from application where id in (${one}, ${two}) and together is not null`), [['1', '2']]);

    // The reviewer: each file leads to the other, and names the rule.
    const r = await enter();
    await r.signIn(reviewer);
    for (const [application, sibling] of [[one, two], [two, one]]) {
      await r.go(`/file/${application}`);
      await r.sees('申请同校', 'Asks together');
      await r.sees(`（${county.rule}）`, `(${county.rule})`);
      const link = r.page.locator(`main dl a[href="/file/${sibling}"]`);
      assert.equal((await link.innerText()).trim(), receipts[sibling]);
      await r.follow(link);
      assert.equal(r.path, `/file/${sibling}`);
    }
  });
}
