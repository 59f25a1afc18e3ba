// Services: a family asks for care by lot, changes and withdraws; takes a court at once and gives it back; an officer runs
// a call, notes who came; another confirms a record, which anybody checks by its code, and which fails once it is revoked.
import assert from 'node:assert/strict';
import { find } from '../city.mjs';
import { walk } from '../walk.mjs';
import { DESKTOP_ZH, PHONE_EN } from '../worlds.mjs';

const callOf = (service) => find(`select id from service_call where service = '${service}'`)[0][0];

// A family with a child of Dongchangfu that has asked for nothing yet.
function familyOf(index) {
  const rows = find('select g.account, min(g.child) from guardian g join child h on h.id = g.child where ' +
    "h.household_division like '371502%' and not exists (select 1 from service_entry e where e.account = g.account) and " +
    'not exists (select 1 from guardian o join service_entry e on e.person = o.child where o.account = g.account) ' +
    'group by g.account order by g.account');
  const [account, child] = rows[index];
  return { account, child };
}

for (const world of [DESKTOP_ZH, PHONE_EN]) {
  const index = world === DESKTOP_ZH ? 0 : 7;
  walk('services: a family asks for care and takes a court', world, async (enter) => {
    const { account, child } = familyOf(index);
    const [care, court] = [callOf('holiday_care'), callOf('badminton_hall')];
    const family = await enter();
    await family.go('/services');
    await family.picture('services');
    await family.follow(`a[href="/services/${care}"]`);
    await family.sees('按志愿摇号', 'By wishes and lot');
    await family.signIn(account);
    await family.go('/services/mine');
    await family.sees('还没有报名', 'No entry yet');
    await family.go(`/services/${care}`);
    await family.picture('service-call');
    await family.follow(`a[href="/services/apply/holiday_care"]`);
    await family.choose('person', `child-${child}`);
    await family.picture('service-apply');
    await family.send('/apply/holiday_care', { status: 422 });
    await family.seesErrorAt('wish1');
    const offers = find(`select id from service_offer where call = ${care} order by number`).map(([id]) => String(id));
    await family.page.locator('[name=wish1]').selectOption(offers[0]);
    await family.page.locator('[name=wish2]').selectOption(offers[0]);
    await family.choose('person', `child-${child}`);
    await family.send('/apply/holiday_care', { status: 422 }); // the same twice
    await family.seesErrorAt('wish1');
    await family.page.locator('[name=wish2]').selectOption(offers[1]);
    await family.send('/apply/holiday_care');
    await family.sees('报名已收到', 'Your entry is received');
    await family.picture('services-mine');
    const ticket = find(`select ticket from service_entry where call = ${care} and person = ${child}`)[0][0];
    await family.follow(`a[href^="/services/apply/holiday_care?person=child-"]`);
    await family.page.locator('[name=wish1]').selectOption(offers[2]);
    await family.send('/apply/holiday_care');
    assert.deepEqual(find(`select w.offer from service_wish w join service_entry e on e.id = w.entry where e.call = ${care} ` +
      `and e.person = ${child} order by w.rank`).map(([id]) => String(id)), [offers[2]]);
    await family.follow('form:has(input[name=act][value=withdraw]) button');
    await family.sees('已撤回', 'Withdrawn');
    assert.equal(find(`select ticket from service_entry where call = ${care} and person = ${child}`)[0][0], ticket);

    // A court: at once, in the calendar, and given back.
    const evening = find(`select id from service_offer where call = ${court} and code = 'wednesday_evening'`)[0][0];
    await family.go('/services/apply/badminton_hall');
    await family.choose('person', 'self');
    await family.page.locator('[name=wish1]').selectOption(String(evening));
    await family.send('/apply/badminton_hall');
    await family.sees('19:30–21:30');
    await family.sees('已确认', 'Confirmed');
    await family.follow('form:has(input[name=act][value=decline]) button');
    await family.sees('还没有确认', 'Nothing is confirmed');
    await family.go('/records');
    await family.sees('还没有记录', 'No record yet');
  });

  walk('services: siblings ask on one ticket', world, async (enter) => {
    const rows = find("select g.account from guardian g join child h on h.id = g.child where h.household_division like '371502%' " +
      'and not exists (select 1 from guardian o join service_entry e on e.person = o.child where o.account = g.account) ' +
      'group by g.account having count(*) = 2 order by g.account desc');
    const [account] = rows[index ? 1 : 0];
    const children = find(`select child from guardian where account = ${account} order by child`).map(([id]) => id);
    const family = await enter();
    await family.signIn(account);
    await family.go('/services/apply/holiday_care');
    await family.picture('service-together');
    for (const child of children) {
      await family.page.locator(`[name=person][value="child-${child}"]`).check();
    }
    await family.page.locator('[name=wish1]').selectOption({ index: 1 });
    await family.send('/apply/holiday_care');
    await family.sees('共用一个签号', 'on one ticket');
    const leads = find(`select distinct lead from service_entry where person_kind = 'child' and person in (${children.join(', ')})`);
    assert.equal(leads.length, 1);
    await family.follow('form:has(input[name=act][value=withdraw]) button');
    assert.equal(find(`select count(*) from service_entry where lead = ${leads[0][0]}`)[0][0], '0'); // the other stands alone
  });

  walk('services: a run by list and the seamless day', world, async (enter) => {
    const part = index ? 'homework' : 'late'; // each world notes a session of its own
    const [run, after, past] = [callOf('canal_run'), callOf('after_class'), callOf('sport_event_2')];
    const [[city]] = find('select id from account where roles = 32 order by id');
    const [[girls]] = find(`select id from service_offer where call = ${run} and code = 'girls_young'`);
    const runner = (name, birth, order) => {
      const digits = `999890${birth}${String(order).padStart(3, '0')}`;
      const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
      const sum = [...digits].reduce((all, digit, i) => all + Number(digit) * weights[i], 0);
      return `${name}\t${digits}${'10X98765432'[sum % 11]}`;
    };
    const bureau = await enter();
    await bureau.signIn(city);
    await bureau.go(`/services/offer/${girls}`);
    await bureau.picture('service-start-list');
    await bureau.follow(`a[href="/services/offer/${girls}/people"]`);
    await bureau.fill('people', `${runner('示例甲', '20180301', 2)}\n${runner('示例乙', '20180301', 1)}\n示例丙 123`);
    await bureau.send('/people', { status: 422 });
    await bureau.seesErrorAt('people');
    await bureau.sees('这一组别', 'for the other sex');
    await bureau.sees('18 位', '18 characters');
    await bureau.picture('service-list');
    const order = index ? 40 : 2;
    const before = Number(find(`select count(*) from service_number where offer = ${girls}`)[0][0]);
    await bureau.fill('people', `${runner('示例甲', '20180301', order)}\n${runner('示例乙', '20180302', order)}`);
    await bureau.send('/people');
    await bureau.sees('名单已登记', 'The list is entered');
    const entries = find(`select count(*) from service_entry e where e.call = ${run} and e.person_kind = 'person'`)[0][0];
    assert.ok(Number(entries) >= 2 && Number(find(`select count(*) from service_number where offer = ${girls}`)[0][0]) >= before);
    await bureau.go(`/services/offer/${girls}/results`);
    await bureau.fill('marks', '1001 12:00');
    await bureau.send('/results', { status: 422 }); // it is not the day yet
    await bureau.picture('service-results-form');

    // Results of a past event, by number alone.
    const anybody = await enter();
    await anybody.go(`/services/${past}/results`);
    await anybody.picture('service-results');
    const [[number]] = find(`select r.number from service_result r join service_offer o on o.id = r.offer where o.call = ${past} and r.place = 1`);
    await anybody.go(`/services/${past}/results?number=${number}`);
    await anybody.sees(String(number));

    // A child with late care: the day, its gaps, the need; the code with which it is collected.
    const [[account, child, entry]] = find('select e.account, e.person, e.id from service_entry e join claim c on c.subject = e.id ' +
      `join service_offer o on o.id = c.offer and o.call = e.call where e.call = ${after} and o.code = '${part}' and c.state = 'taken' order by e.id`);
    const family = await enter();
    await family.signIn(account);
    await family.go('/services/mine');
    await family.follow(`a[href="/services/day/${child}"]`);
    await family.sees('无人照看', 'Gap');
    await family.picture('child-day');
    const code = (await family.page.locator('.pickup-code').first().textContent()).trim();
    assert.match(code, /^\d{6}$/);
    await family.page.locator('[name=from]').selectOption('960');
    await family.page.locator('[name=until]').selectOption('480');
    await family.send(`/services/day/${child}`, { status: 422 });
    await family.seesErrorAt('until');
    await family.page.locator('[name=from]').selectOption('990');
    await family.page.locator('[name=until]').selectOption('1110');
    await family.send(`/services/day/${child}`);
    assert.deepEqual(find(`select from_minute, until_minute from service_need where child = ${child}`)[0].map(Number), [990, 1110]);

    // The provider: the sheet of the day, attendance, handing over.
    await bureau.go('/desk/services/day');
    await bureau.sees('延时看护', 'Late care');
    await bureau.picture('service-sheet');
    const [[late]] = find('select s.id from service_session s join service_offer o on o.id = s.offer where ' +
      `o.call = ${after} and o.code = '${part}' and s.day = (select max(t.day) from service_session t where t.offer = o.id ` +
      "and t.day * 86400000 <= (select cast(value as bigint) from setting where name = 'demo_clock') + 28800000)");
    await bureau.go(`/services/session/${late}`);
    await bureau.page.locator(`input[name=present][value="${entry}"]`).check();
    await bureau.send(`/services/session/${late}`);
    await bureau.follow(`a[href="/services/session/${late}/pickup"]`);
    await bureau.choose('entry', entry);
    await bureau.fill('code', code === '000000' ? '000001' : '000000');
    await bureau.send('/pickup', { status: 422 });
    await bureau.seesErrorAt('code');
    await bureau.choose('entry', entry);
    await bureau.fill('code', code);
    await bureau.send('/pickup');
    await bureau.sees('已接走', 'Collected');
    await bureau.picture('service-pickup');
  });

  walk('services: an officer runs a call, a record is confirmed, checked and revoked', world, async (enter) => {
    const [care, court, museum] = [callOf('holiday_care'), callOf('badminton_hall'), callOf('museum_day')];
    const [[officer]] = find("select id from account where roles = 16 and scope = '371502' order by id");
    const [[city]] = find('select id from account where roles = 32 order by id');
    const county = await enter();
    await county.signIn(officer);
    await county.go('/desk/services');
    await county.picture('services-desk');
    await county.follow(`a[href="/services/${care}/desk"]`);
    await county.picture('service-desk');
    await county.follow('button[name=step][value=close]', { status: 422 }); // the window is open
    await county.sees('还没有到时间', 'It is not time yet');
    await county.follow('.govuk-button--warning', { status: 422 });
    await county.seesErrorAt('reason');
    await county.go(`/services/${care}/witness`);
    await county.choose('witness', 'parents');
    await county.fill('hex', 'ab'.repeat(32));
    await county.send('/witness', { status: 422 });
    await county.sees('已经提交过', 'already');
    await county.go(`/services/${court}/desk`, { status: 404 }); // the bureau's own

    const bureau = await enter();
    await bureau.signIn(city);
    await bureau.go(`/services/${court}/desk`);
    const [[sunday]] = find(`select id from service_offer where call = ${court} and code = 'sunday_morning'`);
    await bureau.go(`/services/offer/${sunday}`);
    await bureau.picture('service-roster');
    await bureau.follow('tbody a[href^="/services/session/"]');
    await bureau.picture('service-session');
    const boxes = bureau.page.locator('input[name=present]');
    const n = await boxes.count();
    assert.ok(n > 0, 'somebody has a court');
    for (let i = 0; i < n; i++) {
      await boxes.nth(i).setChecked(i === 0);
    }
    await bureau.send(bureau.path);
    await bureau.sees('出勤已保存', 'Attendance is saved');
    const session = bureau.path.split('/').pop();
    assert.equal(find(`select count(*) from service_attendance where session = ${session} and state = 'present'`)[0][0], '1');

    // A record of the museum day.
    await bureau.go('/records/work');
    await bureau.picture('records-work');
    if (world === DESKTOP_ZH) {
      await bureau.follow('form:has(input[name=kind]) button');
      assert.equal(find("select count(*) from record where state = 'proposed'")[0][0], '0');
    }
    const [[record, code]] = find(`select id, code from record where kind = 'museum_day' and state = 'confirmed' order by id ${index ? 'desc' : ''}`);
    const anybody = await enter();
    await anybody.go('/records/check');
    await anybody.fill('code', code.toLowerCase());
    await anybody.follow('form[action="/records/check"] button');
    await anybody.sees('已确认', 'Confirmed');
    await anybody.picture('record-check');
    const form = bureau.page.locator(`form[action="/records/${record}/decide"]`);
    const details = bureau.page.locator('details', { has: form });
    await details.locator('summary').click();
    await bureau.follow(form.locator('button[value=revoke]'), { status: 422 });
    await bureau.sees('请写明原因', 'Give the reason');
    await bureau.page.locator('details', { has: form }).locator('summary').click();
    await form.locator('[name=reason]').fill('登记有误');
    await bureau.follow(form.locator('button[value=revoke]'));
    await anybody.go(`/records/check?code=${code}`);
    await anybody.sees('已撤销', 'Revoked');
    await anybody.sees('登记有误');
    // Its child's family sees it, and who has read.
    const [[guardian]] = find(`select min(g.account) from guardian g join record r on r.person = g.child where r.id = ${record}`);
    const home = await enter();
    await home.signIn(guardian);
    await home.go('/records');
    await home.picture('records');
    await home.sees('已撤销', 'Revoked');
    await home.sees('谁看过', 'Who has read it');
    // Records that stand are taken along as a signed file, which anybody checks; a changed one fails.
    const [[taker, owner, taken]] = find("select min(g.account), g.child, r.code from record r join guardian g on g.child = r.person where " +
      `r.person_kind = 'child' and r.kind = 'museum_day' and r.state = 'confirmed' group by r.id, g.child, r.code order by r.id ${index ? 'desc' : ''}`);
    const holder = await enter();
    await holder.signIn(taker);
    await holder.go('/records');
    const file = await holder.download(`a[href="/records/child/${owner}/take.json"]`);
    const text = file.bytes.toString('utf8');
    assert.ok(text.includes(`urn:jiaoti:record:${taken}`));
    const check = async (content, ...words) => {
      await anybody.go('/records/check/file');
      await anybody.page.locator('[name=file]').setInputFiles({ name: 'records.json', mimeType: 'application/json', buffer: Buffer.from(content) });
      await anybody.send('/records/check/file');
      await anybody.sees(...words);
    };
    await check(text, '签名有效', 'The signature holds');
    await anybody.picture('record-file');
    await check(text.replace('museum', 'Museum').replace('博物馆', '美术馆'), '签名无效', 'does not hold');
    await check('not a file', '这不是档案文件', 'no file of records');
    // The public page leads to the files by which the draw is checked.
    await anybody.go(`/services/${museum}`);
    const transcript = await anybody.page.request.get(new URL(`/services/${museum}/transcript.txt`, anybody.page.url()).href);
    assert.equal(transcript.status(), 200);
    assert.match(await transcript.text(), /^jiaoti/);
  });
}
