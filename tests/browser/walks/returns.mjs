// Returns and the interface: a school fills its month, is told what does not fit, explains, hands in; the county sends it
// back, the school corrects, the county accepts; the city sees who has handed in. And the pages for programs.
import assert from 'node:assert/strict';
import { find } from '../city.mjs';
import { walk } from '../walk.mjs';
import { DESKTOP_ZH, PHONE_EN } from '../worlds.mjs';

// A school that reports, with its clerk and its county; the worlds take different ones.
function schoolOf(index) {
  const rows = find("select a.id, a.institution, substr(f.division, 1, 6) from account a join institution_fact f on f.subject = a.institution " +
    "where a.roles = 2 and f.kind in ('211', '311', '312') and f.valid_until > 30000 " +
    'and f.replaced_at > 200000000000000 and exists (select 1 from register_return r where ' +
    "r.form = 'double_reduction' and r.institution = f.subject and r.state in ('submitted', 'sent_back')) order by a.id"); // last month is there
  const [account, institution, county] = rows[index];
  return { account, institution, county };
}

for (const world of [DESKTOP_ZH, PHONE_EN]) {
  walk('A return is filled, sent back, corrected, accepted', world, async (enter) => {
    const school = schoolOf(world === DESKTOP_ZH ? 0 : 1);
    const [[officer]] = find(`select id from account where roles = 16 and scope = '${school.county}'`);
    const [[other]] = find(`select id from account where roles = 16 and scope <> '${school.county}' order by id`);
    const [[city]] = find('select id from account where roles = 32 order by id');

    const clerk = await enter();
    await clerk.signIn(school.account);
    await clerk.go('/returns');
    await clerk.sees('本单位的报表', 'Your returns');
    await clerk.picture('returns-list');
    await clerk.follow('tbody tr:first-child a');
    const where = clerk.path;
    assert.match(where, new RegExp(`^/returns/double_reduction/\\d{4}-\\d\\d/${school.institution}$`));
    const values = { pupils: '500', joined: '510', days: '20', hours: '40', written: '45', published: '98.5', checks: '1',
      found: '0' };
    for (const [name, value] of Object.entries(values)) {
      await clerk.fill(`f_${name}`, value);
    }
    await clerk.follow('button[name=act][value=save]');
    await clerk.sees('草稿', 'Draft');
    await clerk.follow('button[name=act][value=send]', { status: 422 });
    await clerk.seesErrorAt('f_joined');
    await clerk.seesErrorAt('f_free');
    await clerk.picture('returns-form');
    await clerk.fill('f_joined', '20');
    await clerk.choose('f_free', '1');
    await clerk.follow('button[name=act][value=send]', { status: 422 });
    await clerk.seesErrorAt('note');
    await clerk.sees('少了四成以上', 'Two fifths fewer');
    await clerk.fill('note', '本月停课两周');
    await clerk.follow('button[name=act][value=send]');
    await clerk.sees('已报送', 'Handed in');

    const county = await enter();
    await county.signIn(officer);
    await county.go(where.replace(/\/\d+$/, '?show=waiting'));
    await county.picture('returns-complete');
    await county.follow(`a[href="${where}"]`);
    await county.sees('本月停课两周');
    await county.follow('button[name=act][value=back]', { status: 422 });
    await county.seesErrorAt('reason');
    await county.fill('reason', '请核对参加人数');
    await county.follow('button[name=act][value=back]');
    await county.sees('已退回', 'Sent back');

    await clerk.go(where);
    await clerk.sees('请核对参加人数');
    await clerk.fill('f_joined', '450');
    await clerk.fill('note', '已核对');
    await clerk.follow('button[name=act][value=send]');
    await county.go(where);
    await county.sees('450');
    await county.follow('button[name=act][value=accept]');
    await county.sees('已接收', 'Accepted');

    // A correction of what was accepted leaves both values to be seen.
    await clerk.go(where);
    await clerk.fill('f_joined', '455');
    await clerk.fill('note', '漏计五人');
    await clerk.follow('button[name=act][value=send]');
    await clerk.go(where);
    assert.equal(await clerk.page.locator('del:text-is("450")').count(), 1, 'the old value');
    assert.equal(await clerk.page.locator('ins:text-is("455")').count(), 1, 'the new value');

    const stranger = await enter();
    await stranger.signIn(other);
    await stranger.go(where, { status: 404 });

    const bureau = await enter();
    await bureau.signIn(city);
    await bureau.go('/returns');
    await bureau.sees('管理范围内的报送情况', 'How your area stands');
    const month = await bureau.page.locator('tbody tr:nth-child(2) a').getAttribute('href');
    await bureau.go(month);
    await bureau.sees('应报', 'Must report');
    await bureau.go(`${month}?show=missing`);
    const csv = await bureau.download(`a[href="${month}/csv"]`);
    assert.ok(csv.bytes.length > 200, 'the CSV has rows');
    await bureau.go('/returns/nothing/2026-01', { status: 404 });
    await bureau.go('/returns/double_reduction/2026-14', { status: 404 });
  });

  walk('Pages for programs', world, async (enter) => {
    const v = await enter();
    await v.go('/api');
    await v.sees('编程接口', 'The programming interface');
    await v.picture('api');
    const [[operator]] = find('select id from account where roles = 128 order by id');
    const keeper = await enter();
    await keeper.signIn(operator);
    await keeper.go('/operator/keys');
    await keeper.send('/operator/keys', { status: 422 });
    await keeper.seesErrorAt('name');
    await keeper.fill('name', world === DESKTOP_ZH ? '县平台' : 'a platform');
    await keeper.choose('role', 'county_officer');
    await keeper.fill('scope', '371502');
    await keeper.send('/operator/keys');
    await keeper.sees('只显示这一次', 'shown this once');
    await keeper.picture('api-keys');
    await keeper.go('/operator/keys');
    await keeper.seesNot(keeper.say('只显示这一次', 'shown this once'));
    await keeper.follow('form[action$="/revoke"] button >> nth=0');
    await keeper.sees('已作废', 'Revoked');
    const staff = await enter();
    await staff.signIn(schoolOf(0).account);
    await staff.go('/register-oneroster');
    await staff.sees('导出 OneRoster', 'Take OneRoster');
    await staff.go('/operator/keys', { status: 403 });
  });
}
