// The register: anybody sees any day of it and what was said about it at the time; a school proposes, its county
// confirms, the history tells; an event shows what it will move; another county sees none of it.
import assert from 'node:assert/strict';
import { find } from '../city.mjs';
import { walk } from '../walk.mjs';
import { DESKTOP_ZH, PHONE_EN } from '../worlds.mjs';

const AS_OF = '2022-06-30';

async function fillDay(v, name, day) {
  const [year, month, date] = day.split('-');
  for (const [part, value] of [['year', year], ['month', String(Number(month))], ['day', String(Number(date))]]) {
    await v.page.locator(`[name="${name}-${part}"]`).fill(value);
  }
}

// A school of the county with a desk, and its clerk; the worlds take different ones.
function schoolOf(county, index) {
  const rows = find("select a.id, f.code, f.name_zh, f.name_en, f.subject from account a join institution_fact f on " +
    `f.subject = a.institution where a.roles = 2 and f.division like '${county}%' and f.valid_until > 30000 and ` +
    'f.replaced_at > 200000000000000 order by a.id');
  const [account, code, zh, en, subject] = rows[index];
  return { account, code, zh, en, subject };
}

for (const world of [DESKTOP_ZH, PHONE_EN]) {
  walk('Anybody looks at the register as of a day', world, async (enter) => {
    const v = await enter();
    const school = schoolOf('371502', 0);
    await v.go('/');
    await v.follow('nav a[href="/register"], header a[href="/register"]');
    await v.sees('各类数目', 'Kinds and how many there are');
    await v.seesNot(v.say('学生', 'pupils'));
    await v.picture('register');
    await v.fill('q', school.code);
    await v.follow('form[action="/register"] button');
    await v.follow(`main a[href="/register/institution/${school.code}"]`);
    const called = v.say(school.zh, school.en);
    await v.sees(called);
    await v.picture('register-thing');

    // Before the register began, and the same kept through links.
    await v.fill('day', '1999-01-01');
    await v.follow('main form[role=search] button');
    await v.sees('这一天没有登记', 'Nothing is recorded for this day');
    await v.go(`/register/institution/${school.code}?day=${AS_OF}&since=2021-06-30`);
    await v.sees('没有变化', 'Nothing changed');
    await v.follow(`nav a[href="/register/institution?day=${AS_OF}"]`);
    await v.sees('不是今天的情况', 'Not how it stands today');
    await v.follow('tbody a');
    assert.match(v.path, new RegExp(`day=${AS_OF}`));
    await v.sees('2022年6月30日', /2022/, 'main [role=region]');

    // As known before anything was recorded: nothing.
    await v.go(`/register/institution?day=${AS_OF}&known=2000-01-01`);
    await v.sees('没有符合条件的', 'There are none');
    await v.go('/register/institution');
    await v.select('is', 'kind=111');
    await v.follow('main form[role=search] button');
    await v.sees('幼儿园', 'kindergarten');
    await v.fill('q', '没有这样的学校');
    await v.follow('main form[role=search] button');
    await v.sees('没有符合条件的', 'There are none');
    await v.go(`/register/differences?kind=honour&since=2021-12-31&day=2025-12-31`);
    await v.sees('有变化', 'differ');
    await v.go('/register/institution?day=yesterday', { status: 400 });
    for (const closed of ['/register/pupil', '/register/staff', '/register/nothing', '/register/institution/none']) {
      await v.go(closed, { status: 404 });
    }
  });

  walk('A school proposes and its county confirms', world, async (enter) => {
    const school = schoolOf('371502', world === DESKTOP_ZH ? 0 : 1);
    const [[officer]] = find("select id from account where roles = 16 and scope = '371502'");
    const [[other]] = find("select id from account where roles = 16 and scope = '371521'");
    const phone = world === DESKTOP_ZH ? '0635-1234567' : '0635-7654321';
    const where = `/register/institution/${school.code}`;

    const clerk = await enter();
    await clerk.signIn(school.account);
    await clerk.go(where);
    const before = find(`select phone from institution_fact where subject = ${school.subject}`)[0]?.[0];
    await clerk.follow(`a[href="${where}/edit"]`);
    await clerk.picture('register-edit');
    await clerk.fill('phone', phone);
    await clerk.fill('lon_e6', 'here');
    await clerk.send('/edit', { status: 422 });
    await clerk.seesErrorAt('lon_e6');
    await clerk.seesErrorAt('why');
    await clerk.fill('lon_e6', '115.998');
    await clerk.fill('why', '换了电话');
    await clerk.fill('paper', '聊教示例〔2026〕1号');
    await clerk.send('/edit');
    await clerk.sees('请核对', 'Check your answers');
    await clerk.sees(phone);
    await clerk.follow('button[name=act][value=edit]');
    assert.equal(await clerk.page.locator('[name=phone]').inputValue(), phone);
    await clerk.send('/edit');
    await clerk.follow('button[name=act][value=send]');
    await clerk.sees('等待上一级确认', 'waits for the level above', 'body');
    const change = clerk.path;
    assert.match(change, /^\/register\/changes\/\d+$/);
    await clerk.sees(before);
    assert.equal(await clerk.page.locator(`form[action="${change}/confirm"]`).count(), 0, 'a school confirms its own');
    await clerk.go(where);
    await clerk.seesNot(phone);

    const stranger = await enter();
    await stranger.signIn(other);
    await stranger.go(change, { status: 404 });

    const county = await enter();
    await county.signIn(officer);
    await county.go('/register/changes?state=proposed');
    await county.follow(`a[href="${change}"]`);
    await county.picture('register-change');
    await county.send('/reject', { status: 422 });
    await county.seesErrorAt('reason');
    await county.send('/confirm');
    await county.sees('已确认', 'Confirmed', 'body');
    await county.go(where);
    await county.sees(phone);
    await county.sees('换了电话');
    await clerk.go(where);
    await clerk.sees(phone);

    // Anybody sees the new version with its paper, and what was said before.
    const anybody = await enter();
    await anybody.go(where);
    await anybody.sees('聊教示例〔2026〕1号');
    await anybody.seesNot('换了电话');
    await anybody.follow('table a[href*="known="] >> nth=-1');
    await anybody.sees(before);
    await anybody.seesNot(phone, 'dl');

    // A thing of the school's own is added, and the county sends it back with a reason.
    await clerk.go('/register/provision');
    await clerk.follow('a[href="/register/provision/new"]');
    await clerk.send('/new', { status: 422 });
    await clerk.seesErrorAt('code');
    await clerk.seesErrorAt('kind');
    await clerk.fill('code', `TEST${school.code}`);
    await clerk.select('kind', 'open_to_public');
    await clerk.fill('why', '操场开放');
    await clerk.send('/new');
    await clerk.follow('button[name=act][value=send]');
    const second = clerk.path;
    await county.go(second);
    await county.fill('reason', '请附公告');
    await county.send('/reject');
    await county.sees('请附公告');
    await clerk.go(second);
    await clerk.sees('请附公告');

    // Undone, what stood before is there again.
    await county.go(change);
    await county.fill('reason', '号码有误');
    await county.send('/undo');
    await county.go(where);
    await county.sees(before, before, 'dl');
  });

  walk('A county merges two schools', world, async (enter) => {
    const [[one, name], [two]] = find("select code, name_zh from institution_fact where kind = '211' and division like '371521%' " +
      "and valid_until > 30000 and replaced_at > 200000000000000 order by code limit 2");
    const [[officer]] = find("select id from account where roles = 16 and scope = '371521'");
    const [[other]] = find("select id from account where roles = 16 and scope = '371522'");
    const [[bureau]] = find('select id from account where roles = 32 limit 1');
    const v = await enter();
    await v.signIn(officer);
    await v.go(`/register/institution/${one}`);
    await v.follow(`a[href="/register/event?of=${one}"]`);
    await v.follow(`a[href="/register/event/merge?of=${one}"]`);
    assert.equal(await v.page.locator('[name=from]').inputValue(), one);
    await v.send('/merge', { status: 422 });
    await v.seesErrorAt('into');
    await v.fill('into', 'nobody');
    await v.fill('why', '布局调整');
    await v.send('/merge', { status: 422 });
    await v.fill('into', two);
    await fillDay(v, 'on', '2026-09-01');
    await v.send('/merge');
    await v.sees('这样做会移动什么', 'What this would move');
    await v.sees('学生', 'pupils');
    await v.sees(name, '');
    await v.picture('register-event');
    await v.follow('button[name=act][value=send]');
    const change = v.path;
    assert.match(change, /^\/register\/changes\/\d+$/);
    assert.equal(await v.page.locator(`form[action="${change}/confirm"]`).count(), 0, 'a county confirms a merger');

    const stranger = await enter();
    await stranger.signIn(other);
    await stranger.go(change, { status: 404 });
    await stranger.go(`/register/event/merge?of=${one}`);
    await stranger.fill('into', two);
    await stranger.fill('why', '布局调整');
    await stranger.send('/merge', { status: 422 });
    await stranger.seesErrorAt('from');

    const city = await enter();
    await city.signIn(bureau);
    await city.go(change);
    assert.equal(await city.page.locator(`form[action="${change}/confirm"]`).count(), 1, 'the city cannot confirm');
    await v.go(change);
    await v.send('/withdraw');
    await v.sees('已撤下', 'Withdrawn', 'body');
    await v.go('/register/duplicates');
    await v.go('/register/pupil');
    await v.sees('记入日志', 'kept in the journal');
    await v.go('/register/pupil?division=371522');
    assert.equal(await v.page.locator('tbody a[href^="/register/pupil/"]').count() > 0, true, 'their own pupils remain');
  });
}
