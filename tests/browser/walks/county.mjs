// The county's officer: a plan changed with its reason, a trial with other classes, the policy's versions, the
// departments' answers by spreadsheet.
import assert from 'node:assert/strict';
import { find } from '../city.mjs';
import { walk } from '../walk.mjs';
import { DESKTOP_ZH, PHONE_EN } from '../worlds.mjs';

async function changePlan(v, round, reason) {
  await v.follow(`a[href="/county/round/${round}/plan"]`);
  await v.picture('plan');
  await v.follow('tbody a[href^="/county/offer/"]');
  const classes = Number(await v.page.locator('[name=classes]').inputValue());
  await v.fill('classes', String(classes + 1));
  await v.send(v.path, { status: 422 });
  await v.seesErrorAt('reason');
  await v.fill('reason', reason);
  await v.send(v.path);
  assert.equal(v.path, `/county/round/${round}/plan`);
  await v.sees('已保存', 'Saved');
  await v.sees(`${classes} → ${classes + 1}`);
  await v.sees(reason);
  await v.go(`/round/${round}`);
  await v.sees(reason);
}

async function tryAnotherPlan(v, round) {
  await v.go(`/county/round/${round}/preview`);
  const classes = v.page.locator('input[name=classes]');
  await classes.first().fill('many');
  await v.send('/preview', { status: 422 });
  await v.go(`/county/round/${round}/preview`);
  await classes.first().fill('0');
  await v.send('/preview');
  await v.sees('试算结果', 'Result of the trial');
  await v.sees(/[1-9]\d* 个孩子更差/, /[1-9]\d* worse off|[1-9]\d* *children worse/);
  assert.ok(await v.page.locator('td:has-text("→")').count() >= 1, 'no numbers by school');
  await v.picture('what-if');
}

async function compareRules(v, round) {
  await v.go(`/county/round/${round}`);
  await v.follow(`a[href="/county/round/${round}/compare"]`);
  await v.fill('declined', '51');
  await v.send('/compare', { status: 422 });
  await v.seesErrorAt('declined');
  await v.fill('declined', '10');
  await v.send('/compare');
  await v.sees('不是正式的号', 'not the real ones');
  await v.sees('（现行）', '(in force)');
  await v.sees('不足5', 'under 5');
  assert.equal(await v.page.locator('main table').count(), 3);
  const bars = v.page.locator('main svg[role=img]');
  assert.ok(await bars.count() >= 5, 'no charts');
  assert.ok(await bars.first().locator('text').count() > await bars.first().locator('rect').count(), 'bars without figures');
  await v.picture('compare-rules');
}

async function newVersions(v, where) {
  await v.go(where);
  const before = await v.page.locator('main table tbody tr').count();
  await v.follow(`a[href="${where}/form"]`);
  const size = Number(await v.page.locator('[name=class_size]').inputValue());
  await v.fill('class_size', String(size - 1));
  await v.send('/form', { status: 422 });
  await v.seesErrorAt('note');
  await v.fill('note', '每班少一人');
  await v.send('/form');
  assert.equal(v.path, where);
  assert.equal(await v.page.locator('main table tbody tr').count(), before + 1);
  await v.sees('每班少一人');

  // As text: a mistake is told with its line, then the old number comes back as a third version.
  const text = await v.page.locator('textarea[name=text]').inputValue();
  await v.fill('text', text.replace(/mechanism: \w+/, 'mechanism: by_chance'));
  await v.fill('note', '写错');
  await v.send(where, { status: 422 });
  await v.sees(/第\d+行/, /line \d+/);
  await v.go(where);
  await v.fill('text', text.replace(`class_size: ${size - 1}`, `class_size: ${size}`));
  await v.fill('note', '恢复');
  await v.send(where);
  assert.equal(await v.page.locator('main table tbody tr').count(), before + 2);
  await v.follow('a[href*="/compare?"]');
  await v.sees(`- ${text.match(/^.*class_size: .*$/m)[0]}`.trim());
  assert.equal(await v.page.locator('pre ins').count(), 1);
  assert.equal(await v.page.locator('pre del').count(), 1);
  await v.picture('compare');
}

for (const [world, stage] of [[DESKTOP_ZH, 'primary'], [PHONE_EN, 'junior']]) {
  walk('A county plans', world, async (enter) => {
    const v = await enter();
    const [[officer]] = find("select id from account where roles = 16 and scope = '371502'");
    const [[round]] = find(`select id from round where division = '371502' and stage = '${stage}'`);
    await v.signIn(officer);
    assert.equal(v.path, '/county');
    await v.tabsTo(`a[href="/county/round/${round}"]`);
    await v.follow(`a[href="/county/round/${round}"]`);
    await changePlan(v, round, world === DESKTOP_ZH ? '新教学楼启用，增加一个班' : 'A new building: one class more');
    await tryAnotherPlan(v, round);
    await compareRules(v, round);
    await newVersions(v, `/county/policy/371502/${stage}`);
    await v.go(`/rules/371502/${stage}`);

    // Another county's round is not this officer's.
    const [[other]] = find("select id from round where division = '371581' and stage = 'primary'");
    await v.go(`/county/round/${other}`, { status: 404 });

    await v.go('/departments');
    await v.follow('main a[href^="/departments/sheet/"]');
    await v.page.locator('input[name=file]').setInputFiles({ name: 'x.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n1,2\n') });
    await v.follow('form[enctype] button.govuk-button');
    await v.sees('没有读到查询', 'No question was found');
  });
}
