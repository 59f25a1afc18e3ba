// A published result: read with its reasons, confirmed, with its notice; declined, and the place goes to the next child.
import assert from 'node:assert/strict';
import { city, find } from '../city.mjs';
import { walk } from '../walk.mjs';
import { DESKTOP_EN, PHONE_ZH } from '../worlds.mjs';

// Two families with a place, not answered yet, at a school with a waiting list; and the head of that list.
function people(stage) {
  const [[offer]] = find("select w.offer from claim w join offer o on o.id = w.offer join round r on r.id = o.round where "
    + `r.state = 'published' and r.stage = '${stage}' and w.state = 'waiting' group by w.offer order by count(*) desc limit 1`);
  const holders = find('select a.id, a.account from claim c join application a on a.id = c.subject '
    + `where c.offer = ${offer} and c.state = 'held' order by a.id limit 2`);
  const [head] = find('select a.id, a.account from claim c join application a on a.id = c.subject '
    + `where c.offer = ${offer} and c.state = 'waiting' order by c.sort limit 1`);
  const [[school]] = find(`select i.name_zh from offer o join institution i on i.id = o.institution where o.id = ${offer}`);
  return { holders, head, school, offer };
}

for (const [world, stage] of [[PHONE_ZH, 'primary'], [DESKTOP_EN, 'junior']]) {
  walk('A family answers its result', world, async (enter) => {
    const { holders: [confirms, declines], head, offer } = people(stage);
    const waiting = await enter();
    await waiting.signIn(head[1]);
    await waiting.go(`/apply/${head[0]}/result`);
    await waiting.sees('候补第', 'On the waiting list');
    await waiting.sees('最后录取', 'Last admitted');
    await waiting.picture('result');

    const v = await enter({ big: true });
    await v.signIn(confirms[1]);
    await v.follow(`main a[href="/apply/${confirms[0]}/result"]`);
    await v.sees('依据', 'The facts behind it');
    await v.tabsTo('form[action$="/answer"] button.govuk-button');
    await v.send('/answer');
    await v.sees('已确认入学', 'Confirmed');
    const notice = await v.download(`a[href="/apply/${confirms[0]}/notice.pdf"]`);
    assert.equal(notice.bytes.subarray(0, 5).toString(), '%PDF-');
    for (const name of ['proof.txt', 'leaf.txt']) {
      const file = await v.download(`a[href="/apply/${confirms[0]}/${name}"]`);
      assert.ok(file.bytes.length > 100, `${name} is empty`);
    }

    const d = await enter();
    await d.signIn(declines[1]);
    await d.go(`/apply/${declines[0]}/result`);
    await d.follow(`a[href="/apply/${declines[0]}/decline"]`);
    await d.sees('不能要回来', 'cannot be taken back');
    await d.send('/answer');
    await d.sees('学位已经让出', 'The place was given back');

    // The next child is offered the place.
    await waiting.go(`/apply/${head[0]}/result`);
    await waiting.seesNot(waiting.say('现在排在候补第 1', 'place 1'));
    const [[state]] = find(`select state from claim where offer = ${offer} and subject = ${head[0]}`);
    assert.equal(state, 'held');
    await waiting.send('/answer');
    await waiting.sees('已确认入学', 'Confirmed');

    // Without a place there is no notice, and nobody else's.
    assert.equal((await d.context.request.get(`${city.url}/apply/${declines[0]}/notice.pdf`)).status(), 409);
    assert.equal((await d.context.request.get(`${city.url}/apply/${confirms[0]}/notice.pdf`)).status(), 404);
  });
}
