// Anybody: first page, finder, a school, the rules, a published round, a result by its receipt, the transcript verified.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { city, command, find } from '../city.mjs';
import { walk } from '../walk.mjs';
import { DESKTOP_EN, PHONE_ZH } from '../worlds.mjs';

function verify(file) {
  try {
    return { good: true, said: command('verify', file) };
  } catch (error) {
    return { good: false, said: `${error.stdout}${error.stderr}` };
  }
}

// Adds one to the last digit of a line in the middle of the list of places given.
function changeOneDigit(text) {
  const lines = text.split('\n');
  for (let i = Math.floor(lines.length / 2); i < lines.length; i += 1) {
    const at = lines[i].search(/\d\D*$/);
    if (at >= 0) {
      lines[i] = lines[i].slice(0, at) + ((Number(lines[i][at]) + 1) % 10) + lines[i].slice(at + 1);
      return { text: lines.join('\n'), line: i + 1 };
    }
  }
  throw new Error('no digit in the transcript');
}

for (const world of [PHONE_ZH, DESKTOP_EN]) {
  walk('The public finds a school and checks a result', world, async (enter) => {
    const v = await enter();
    await v.go('/');
    await v.sees('一次办好', 'One application');
    await v.tabsTo('main a.govuk-button');
    await v.picture('home');

    // Languages and big type are switched on the page itself.
    await v.page.locator('a[hreflang]').click();
    await v.page.waitForURL(/lang=/);
    assert.equal(await v.page.locator('html').getAttribute('lang'), v.say('en', 'zh-CN'));
    await v.go(`/?lang=${world.lang}`);
    await v.follow('a[href*="big=1"]');
    assert.match(await v.page.locator('html').getAttribute('class'), /big/);
    await v.follow('a[href*="big=0"]');

    // The finder: by community, by a full address, and when there is nothing.
    const [[name, road]] = find("select name_zh, road_zh from community where road_zh <> '' order by id limit 1");
    for (const query of [name, `聊城市东昌府区${road}${name}3号楼2单元501室`]) {
      await v.go('/find');
      await v.fill('q', query);
      await v.follow('form[action="/find"] button');
      await v.sees(name, name === '' ? '' : /Distance/);
      assert.ok(await v.page.locator('a[href^="/school/"]').count(), `no school for ${query}`);
    }
    await v.picture('find');
    await v.fill('q', '没有这样的小区');
    await v.follow('form[action="/find"] button');
    await v.sees('没有找到', 'Nothing was found');
    await v.page.goBack();
    await v.follow('a[href^="/school/"]');
    await v.sees('学校标识码', 'Identifier');
    await v.sees('招生计划', 'Places');

    // The rules, as a page and as a document.
    await v.go('/rules');
    await v.follow('a[href="/rules/371526/primary"]');
    await v.sees('最多', 'Families rank');
    const rules = await v.download('a[href$="/text"]');
    assert.match(rules.bytes.toString(), /mechanism: deferred/);
    for (const page of ['/about', '/privacy', '/accessibility', '/contact']) {
      await v.go(page);
    }

    // A published round, its cut-offs, and its transcript.
    await v.go('/');
    const [[round]] = find("select id from round where state = 'published' and stage = 'primary'");
    await v.follow(`a[href="/round/${round}"]`);
    await v.sees('种子', 'Seed');
    await v.picture('round');
    await v.follow(`a[href="/round/${round}/cutoffs"]`);
    await v.sees('最后录取', 'Last admitted');
    await v.follow('.govuk-back-link');
    const transcript = await v.download(`a[href="/round/${round}/transcript.txt"]`);
    const file = path.join(city.data, `transcript-${world.lang}.txt`);
    writeFileSync(file, transcript.bytes);
    const good = verify(file);
    assert.ok(good.good, good.said);
    const changed = changeOneDigit(transcript.bytes.toString());
    writeFileSync(file, changed.text);
    const bad = verify(file);
    assert.ok(!bad.good, 'a transcript with one changed digit verifies');
    assert.match(bad.said, /[Ll]ine \d+/);

    // A result by its receipt: with its reasons, without a name.
    const [[receipt, state]] = find("select a.receipt, r.state from application a join outcome o on o.application = a.id "
      + "join round r on r.id = a.round where r.state = 'published' order by o.rank desc, a.id limit 1");
    assert.equal(state, 'published');
    await v.go('/check');
    await v.fill('receipt', receipt);
    await v.follow('form[action="/check"] button');
    await v.sees('录取', 'Admitted');
    assert.ok(await v.page.locator('section.choice').count() >= 1, 'no explanation');
    await v.picture('check');
    await v.fill('receipt', '0101');
    await v.follow('form[action="/check"] button');
    await v.sees('这不是一个回执号', 'This is no receipt');

    // What is not there is said plainly.
    await v.go('/school/9999999999', { status: 404 });
    await v.go('/family', { status: 200 });
    assert.match(v.path, /^\/sign-in/);
  });
}
