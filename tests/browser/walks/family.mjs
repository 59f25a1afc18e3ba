// A family: from the first sign-in to the receipt, with what may go wrong on the way.
import assert from 'node:assert/strict';
import { city, find } from '../city.mjs';
import { png } from '../paper.mjs';
import { walk } from '../walk.mjs';
import { DESKTOP_EN, PHONE_ZH } from '../worlds.mjs';

// Listed accounts of families that have not applied yet, with the second guardian's account where there is one.
export function newFamilies(county) {
  return find('select a.id, coalesce(b.id, 0) from account a left join account b on b.id = a.id + 1 and b.demo = 2 '
    + `where a.demo = 1 and a.demo_note_en like '${county}%has not applied yet' order by a.id`)
    .map(([id, second]) => ({ id: Number(id), second: Number(second) }));
}

// ---- The steps: each begins on its page and ends on the next one's ----

export async function begin(v) {
  if (await v.page.locator('main a[href^="/family/child/"]').count() === 0) {
    await v.send('/family/look-up');
    await v.sees('名单是最新的', 'the list is up to date');
  }
  await v.follow('main a[href^="/family/child/"]');
  await v.sees('户籍所在地', 'Place of registration');
  await v.tabsTo('main button.govuk-button');
  await v.follow('main form button.govuk-button');
  return Number(/\/apply\/(\d+)\//.exec(v.path)[1]);
}

export async function consent(v) {
  await v.choose('consent', 'yes');
  await v.send('/consent');
}

export async function dwelling(v, { kind = 'own', title = '' } = {}) {
  await v.choose('kind', kind);
  await v.choose('where', 'household');
  if (title) {
    await v.select('title_kind', 'commercial');
    await v.fill('title_number', title);
  }
  await v.send('/dwelling');
}

// The departments answer while the family looks; a page without scripts is asked for again.
export async function checksAnswered(v) {
  const deadline = Date.now() + 20000;
  while (await v.page.locator('main .govuk-tag--blue').count()) {
    assert.ok(Date.now() < deadline, 'the departments do not answer');
    await v.page.reload();
  }
  await v.go(v.path);
}

export async function handIn(v) {
  await v.page.locator('input[name=kind]').first().check();
  await v.page.locator('input[name=file]').setInputFiles({ name: 'paper.png', mimeType: 'image/png', buffer: png() });
  await v.follow('form[enctype] button.govuk-button');
}

async function refuseFirst(v, application) {
  await v.send('/consent', { status: 422 });
  await v.seesErrorAt('consent');
  await v.choose('consent', 'no');
  await v.send('/consent');
  await v.sees('没有任何部门收到您的信息', 'No department was told anything');
  await v.go(`/apply/${application}`);
  assert.match(v.path, /\/consent$/);
}

async function choicesOnTwoPhones(v, second, application) {
  // The first phone has the page open; the second, of the other guardian where there is one, chooses meanwhile.
  await second.go('/family');
  if (await second.page.locator(`main a[href="/apply/${application}"]`).count() === 0) {
    await second.send('/family/look-up');
  }
  await second.follow(`main a[href="/apply/${application}"]`);
  assert.match(second.path, /\/choices$/, 'the second phone does not come to where the draft stands');
  const offer = await second.page.locator('select[name=choice1] option').nth(1).getAttribute('value');
  await second.select('choice1', offer);
  await second.send('/choices');
  await v.select('choice1', offer);
  await v.send('/choices');
  await v.sees('刚在另一部手机上改过', 'just changed on another phone');
  await v.go(`/apply/${application}/choices`);
  await v.select('choice1', '');
  await v.send('/choices', { status: 422 });
  await v.seesErrorAt('choice1');
  await v.select('choice1', offer);
  await v.tabsTo('form[action$="/choices"] button.govuk-button');
  await v.send('/choices');
}

async function papers(v, application, expected) {
  const wanted = v.page.locator(`main a[href^="/apply/${application}/papers/"]`);
  if (await wanted.count() === 0) {
    assert.ok(!expected, 'no paper is asked for though a check failed');
    await v.sees('不需要任何材料', 'No paper is needed');
  } else {
    await v.follow(wanted.first());
    await v.page.locator('input[name=kind]').first().check();
    await v.page.locator('input[name=file]').setInputFiles({ name: 'note.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
    await v.follow('form[enctype] button.govuk-button', { status: 422 });
    await v.seesErrorAt('file');
    await handIn(v);
    assert.match(v.path, /\/papers$/);
    const paper = await v.page.locator('main a[href^="/paper/"]').first().getAttribute('href');
    const response = await v.context.request.get(city.url + paper);
    assert.equal(response.headers()['content-type'], 'image/png');
    assert.deepEqual(await response.body(), png());
    await v.follow('form[action$="/remove"] button');
    assert.equal(await v.page.locator('main a[href^="/paper/"]').count(), 0);
    await v.follow(wanted.first());
    await handIn(v);
  }
  await v.send('/papers');
}

async function submitTwice(v, application) {
  await v.send('/submit', { status: 422 });
  await v.seesErrorAt('true');
  await v.go(`/apply/${application}/answers`);
  await v.page.locator('input[name=true]').check();
  await v.fill('salt', '小满');
  const fields = await v.page.locator('form[action$="/submit"] input').evaluateAll(
    (inputs) => inputs.map((input) => [input.name, input.value]));
  await v.send('/submit');
  const receipt = (await v.text('.govuk-panel strong')).trim();
  assert.match(receipt, /^[A-Z2-9-]{16,}$/);

  // The same form again, as a retry sends it: the same application, the same receipt.
  const again = await v.context.request.post(`${city.url}/apply/${application}/submit`, { form: Object.fromEntries(fields) });
  assert.ok((await again.text()).includes(receipt), 'a second submit came to something else');
  const [[applications]] = find(`select count(*) from application where child = (select child from application where id = ${application})`);
  assert.equal(applications, '1');
  return receipt;
}

async function receiptPage(v, application, receipt) {
  await v.page.goBack(); // to the form that was just sent
  await v.go(v.path);
  assert.match(v.path, /\/status$/, 'the form can still be changed after it was sent');
  await v.sees(receipt);
  await v.follow(`a[href="/apply/${application}/receipt"]`);
  assert.equal(await v.page.locator('main svg').count(), 1, 'no QR code');
  await v.picture('receipt');
  const pdf = await v.download(`a[href="/apply/${application}/receipt.pdf"]`);
  assert.equal(pdf.bytes.subarray(0, 5).toString(), '%PDF-');
  assert.match(pdf.name, /\.pdf$/);
  await v.follow(`a[href="/apply/${application}/status"]`);
}

for (const [world, county, stage] of [[PHONE_ZH, 'Linqing City', 0], [DESKTOP_EN, 'Linqing City', 1]]) {
  walk('A family applies', world, async (enter) => {
    const family = newFamilies(county)[stage];
    const v = await enter({ big: stage === 1 });
    await v.signIn(family.id);
    assert.equal(v.path, '/family');
    const application = await begin(v);
    await refuseFirst(v, application);
    await v.picture('consent');
    await consent(v);

    await v.send('/dwelling', { status: 422 });
    await v.seesErrorAt('kind');
    await v.choose('kind', 'own');
    await v.choose('where', 'other');
    await v.send('/dwelling', { status: 422 });
    await v.seesErrorAt('address');
    // Another title's number: the registry cannot confirm it, and a paper is needed.
    await dwelling(v, { title: '鲁(2001)示例不动产权第0000001号' });
    await v.fill('sibling_school', '12');
    await v.send('/claims', { status: 422 });
    await v.seesErrorAt('sibling_school');
    await v.fill('sibling_school', '');
    await v.send('/claims');
    await checksAnswered(v);
    await v.picture('checks');
    const failed = await v.page.locator('main .govuk-tag--red').count();
    assert.ok(failed >= 1, 'a wrong title number is confirmed');
    await v.send('/checks');

    const second = await enter();
    await second.signIn(family.second || family.id);
    await choicesOnTwoPhones(v, second, application);
    await papers(v, application, true);
    await v.sees('核对后提交', 'Check your answers');
    await v.picture('answers');
    const receipt = await submitTwice(v, application);
    await receiptPage(v, application, receipt);
    await v.sees(/排在第 *\d+ *位/, /you are number *\d+/);
    await v.picture('status');
    await second.go('/family');
    await second.sees('审核中', 'under review');
    await second.follow(`main a[href="/apply/${application}/status"]`);
    await second.sees(receipt);

    // The child has one application; others do not see it.
    await v.go('/family');
    const [[round]] = find(`select round from application where id = ${application}`);
    assert.equal(await v.page.locator(`main a[href^="/family/child/"][href$="/${round}"]`).count(), 0,
      'a second application can be begun');
    const stranger = await enter();
    await stranger.signIn(newFamilies('Guan County')[0].id);
    await stranger.go(`/apply/${application}/status`, { status: 404 });
  });
}

for (const world of [PHONE_ZH, DESKTOP_EN]) {
  walk('A family withdraws and comes back; a child too young', world, async (enter) => {
    const family = newFamilies('Yanggu County')[world === PHONE_ZH ? 0 : 1];
    const v = await enter();
    await v.signIn(family.id);
    const application = await begin(v);
    await consent(v);
    await dwelling(v);
    await v.page.locator('input[name=claims][value=employment]').check();
    await v.send('/claims');
    await checksAnswered(v);
    await v.send('/checks');
    await v.select('choice1', await v.page.locator('select[name=choice1] option').nth(1).getAttribute('value'));
    await v.send('/choices');
    await v.send('/papers');
    await v.page.locator('input[name=true]').check();
    await v.send('/submit');
    const receipt = (await v.text('.govuk-panel strong')).trim();
    await v.follow(`a[href="/apply/${application}/status"]`);
    await v.follow(`a[href="/apply/${application}/withdraw"]`);
    await v.send('/withdraw');
    await v.sees('已撤回', 'Withdrawn');
    await v.go('/family');
    await v.follow('main .govuk-task-list a');
    await v.sees(receipt);

    const young = await enter();
    const [[account]] = find("select id from account where demo_note_en like '%too young%'");
    await young.signIn(account);
    await young.send('/family/look-up');
    await young.sees('目前没有这个孩子可以报名的招生', 'There is no round that this child can apply in');
    await young.follow('a[href="/family/add"]');
    await young.fill('citizen', '110105194912310021');
    await young.send('/family/add', { status: 422 });
    await young.seesErrorAt('citizen');
    await young.seesErrorAt('relation');
  });
}
