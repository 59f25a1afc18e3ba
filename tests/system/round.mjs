// A small demo city's rounds: from the close to the published and verified result by commands alone, then everything
// that somebody could change behind the program's back, each found.
import fs from 'node:fs';
import path from 'node:path';
import { Browser, City, check, equal, formOf, jiaoti, location, onPostgres, pause, pick, plain, random, run, say, temporaryFolder }
    from './city.mjs';

const scale = process.env.JIAOTI_ROUND_SCALE ?? '0.01';
const digestOf = (text) => /digest ([0-9a-f]{64})/.exec(text)?.[1] ?? '';

// ---- The demo city is the same, whatever happens ----

async function sameCity(city) {
    const digest = digestOf(city.told);
    check(digest.length === 64, 'the demo tells its digest', city.told);

    const again = await city.jiaoti(['demo', '--scale', scale]);
    equal(again.code, 0, 'a second demo has nothing to do');
    check(/complete/.test(again.out), 'a second demo says that it is complete', again.out);
    check(again.ms < 2000, 'a second demo takes less than two seconds', `${again.ms} ms`);
    const other = await city.jiaoti(['demo', '--scale', scale, '--seed', '2']);
    check(other.code === 1 && /another demo city/.test(other.err), 'another seed does not write over it', other.err);

    // The other engine's city, or the same again: from the same seed.
    const second = path.join(temporaryFolder(), 'city');
    const built = await jiaoti(['demo', '--data', second, '--scale', scale, '--cipher', 'aes']);
    equal(digestOf(built.out), digest, `built twice, the same, sealed otherwise${onPostgres() ? ', on the other engine' : ''}`);

    const cut = City.empty();
    const stopped = await cut.jiaoti(['demo', '--scale', scale], { signalAfter: [/families/, 'SIGINT'] });
    check(stopped.code !== 0, 'a build that is interrupted does not say that it is done', stopped.code);
    const serving = await cut.serve().then((server) => server.stop('SIGKILL'), () => 'refused');
    check(serving === 'refused' || serving === 'SIGKILL', 'a half city does not crash the server', serving);
    const whole = await cut.jiaoti(['demo', '--scale', scale]);
    equal(digestOf(whole.out), digest, 'interrupted and built again, the same');
    say(`demo city ${digest.slice(0, 12)}`);
}

// ---- From the close to the published result ----

async function runRounds(city) {
    const rounds = city.rows('select id, label, state from round where parent is null order by label');
    check(rounds.length >= 20, 'there is a round for each county and stage', rounds.length);
    const refused = await city.jiaoti(['round', 'run']);
    check(refused.code === 1 && refused.err.trim().length > 0,
        'undecided applications stop a round, with the reason', `${refused.code} ${refused.err}`);
    const ran = await city.jiaoti(['round', 'run', '--undecided', 'established']);
    equal(ran.code, 0, `round run: ${ran.err}`);
    const open = city.rows("select label, state from round where parent is null and state <> 'published'");
    equal(open.length, 0, `every round is published ${JSON.stringify(open)}`);
    const list = await city.jiaoti(['round', 'list']);
    equal(list.out.split('\n').filter((line) => /\bpublished\b/.test(line)).length, rounds.length,
        'round list tells that all are published');
    const twice = await city.jiaoti(['round', 'run']);
    check(twice.code === 0 && /^0 steps taken/m.test(twice.out), 'a second run takes no step', twice.out + twice.err);
    for (const label of ['371502-primary-2026', 'nowhere-2026']) {
        const one = await city.jiaoti(['round', 'run', '--round', label]);
        equal(one.code, label.startsWith('nowhere') ? 1 : 0, `round run --round ${label}`);
    }
}

/** The steps of each round stand in their order, none is missing. */
function checkSteps(city) {
    const order = ['announce', 'open', 'close', 'final', 'open_secrets', 'allot', 'look', 'publish'];
    const steps = {};
    for (const row of city.rows('select r.label, s.step, s.at from round_step s join round r on r.id = s.round ' +
        'where r.parent is null order by r.label, s.at')) {
        (steps[row.label] ??= []).push(row);
    }
    for (const [label, rows] of Object.entries(steps)) {
        equal([...rows].sort((a, b) => a.at - b.at || order.indexOf(a.step) - order.indexOf(b.step))
            .map((row) => row.step).join(' '), order.join(' '), `${label}: every step, in its order`);
    }
}

/** Every accepted applicant is placed or named; no school is over its capacity; claims, outcomes, transcript agree. */
function checkOutcomes(city, answered = false) {
    const none = (name, text) => equal(city.value(`select count(*) from (${text}) t`), 0, name);
    check(city.value('select count(*) from outcome') > 500, 'there are outcomes');
    none('every accepted applicant is placed or named',
        "select a.id from application a join round r on r.id = a.round where r.state = 'published' and " +
        "a.state = 'submitted' and a.review <> 'refused' and not exists (select 1 from outcome o where " +
        'o.application = a.id)');
    none('nobody has an outcome without an application in order',
        'select o.application from outcome o join application a on a.id = o.application where ' +
        "a.state <> 'submitted' or a.review = 'refused'");
    none('no school has more than its capacity',
        'select o.id from offer o join outcome u on u.offer = o.id group by o.id, o.capacity, o.added ' +
        'having count(*) > o.capacity + o.added');
    none('no school holds more than its capacity',
        "select o.id from offer o join claim c on c.offer = o.id and c.state in ('held', 'taken') group by o.id, o.capacity " +
        'having count(*) > o.capacity');
    none('every place is one of the round in which the child applied',
        'select u.application from outcome u join application a on a.id = u.application ' +
        'join offer o on o.id = u.offer where o.round <> a.round');
    none('how and offer agree',
        "select application from outcome where (how = 'unplaced') <> (offer is null) or " +
        "how not in ('choice', 'balance', 'unplaced')");
    none('who is placed has a claim on that place, or gave it back',
        'select u.application from outcome u where u.offer is not null and not exists (select 1 from claim c where ' +
        'c.subject = u.application and c.offer = u.offer)');
    none('nobody has two places',
        "select subject from claim where state in ('held', 'taken') group by subject having count(*) > 1");
    if (!answered) {
        none('what is held or taken is what the transcript gave, in rounds nobody has answered',
            "select c.id from claim c join application a on a.id = c.subject where c.state in ('held', 'taken') and " +
            'not exists (select 1 from outcome u where u.application = c.subject and u.offer = c.offer) and not exists ' +
            '(select 1 from place_move m where m.application = c.subject)');
    }
    none('siblings who asked together have the same result',
        'select u.application from outcome u join outcome l on l.application = u.lead where u.offer is distinct from l.offer or ' +
        'u.how <> l.how or u.rank <> l.rank or u.kind <> l.kind or u.lot <> l.lot');
    none('the list of each round has as many entries as there are tickets with an outcome',
        'select s.round from round_step s join round r on r.id = s.round where r.parent is null and ' +
        "s.step = 'final' and s.listed <> (select count(*) from outcome o join application a on a.id = " +
        'o.application where a.round = s.round and (o.lead is null or o.lead = o.application))');
}

/** The transcripts: each verifies, agrees with the database, and one with a changed digit does not. */
async function checkTranscripts(city) {
    const rounds = city.rows('select r.id, r.label, r.transcript, s.root, s.listed from round r join round_step s on ' +
        "s.round = r.id and s.step = 'final' where r.parent is null order by r.label");
    let largest = '';
    for (const round of rounds) {
        const file = path.join(city.data, 'transcripts', round.transcript);
        const verified = await jiaoti(['verify', file]);
        equal(verified.code, 0, `${round.label} verifies ${verified.err}`);
        check(verified.out.includes(round.root), `${round.label}: the root of the database`, verified.out);
        const key = city.value('select key from round_signature order by at desc limit 1');
        equal((await jiaoti(['verify', file, '--key', key])).code, 0, `${round.label}: every part is signed by the installation's key`);
        equal((await jiaoti(['verify', file, '--key', `04${'0'.repeat(128)}`])).code, 1, `${round.label}: and by no other`);
        const text = fs.readFileSync(file, 'utf8');
        const counts = /^result (\d+) (\d+) (\d+) \d+ #/m.exec(text) ?? [];
        const kept = city.row("select sum(case when how = 'choice' then 1 else 0 end) as c, sum(case when how = " +
            "'balance' then 1 else 0 end) as b, sum(case when how = 'unplaced' then 1 else 0 end) as u from outcome o " +
            `join application a on a.id = o.application where a.round = ${round.id}`);
        equal(counts.slice(1).join(' '), [kept.c ?? 0, kept.b ?? 0, kept.u ?? 0].join(' '),
            `${round.label}: the transcript's counts are the database's`);
        largest = text.length > largest.length ? text : largest;
    }
    equal((await jiaoti(['verify', path.join(city.data, 'nothing.txt')])).code, 1, 'a missing file is told');
    await changeDigits(largest);
}

async function changeDigits(text) {
    const file = path.join(temporaryFolder(), 'changed.txt');
    const digits = [...text.matchAll(/[0-9]/g)].map((match) => match.index);
    for (let n = 0; n < 24; n++) {
        const at = pick(digits);
        const digit = String((Number(text[at]) + random(1, 9)) % 10);
        fs.writeFileSync(file, text.slice(0, at) + digit + text.slice(at + 1));
        const line = text.slice(0, at).split('\n').length;
        const found = await jiaoti(['verify', file]);
        check(found.code === 1 && found.err.includes(`Line ${line}:`),
            `a changed digit in line ${line} is found and its line named`, `${found.code} ${found.err}`);
    }
    // A line less, a line twice, two lines swapped, an end cut off.
    const lines = text.split('\n');
    const k = random(Math.floor(lines.length / 3), Math.floor(lines.length / 2));
    const bent = {
        'a line less': [...lines.slice(0, k), ...lines.slice(k + 1)],
        'a line twice': [...lines.slice(0, k), lines[k], ...lines.slice(k)],
        'two lines swapped': [...lines.slice(0, k), lines[k + 1], lines[k], ...lines.slice(k + 2)],
        'its end cut off': [...lines.slice(0, lines.length - 3), ''],
    };
    for (const [name, changed] of Object.entries(bent)) {
        fs.writeFileSync(file, changed.join('\n'));
        const found = await jiaoti(['verify', file]);
        check(found.code === 1 && /Line \d+:/.test(found.err), `a transcript with ${name} is found`, found.err);
    }
}

// ---- Answers after the publication: places given back go on, and every move is in the transcript ----

async function checkAnswers(city) {
    const server = await city.serve();
    const held = city.rows("select c.subject as id, c.offer, a.account, a.round, r.label, (select count(*) from claim w where " +
        "w.offer = c.offer and w.state = 'waiting') as waiting from claim c join application a on a.id = c.subject join round r " +
        "on r.id = a.round where c.state = 'held' and r.state = 'published' and r.parent is null " +
        `and r.answer_by > ${city.now()} order by waiting desc, c.subject limit 40`);
    check(held.length === 40, 'families hold places that wait for an answer', held.length);
    check(held[0].waiting > 0, 'somebody waits for a place that is held');
    const answer = async (one, page, accept) => {
        const browser = await new Browser(server.port).signIn(one.account);
        const shown = await browser.get(`/apply/${one.id}${page}`);
        const form = formOf(shown.text, `/apply/${one.id}/answer`);
        if (!check(form?.accept === accept, `application ${one.id}: the page asks`, plain(shown.text).slice(0, 300))) {
            return;
        }
        const three = await Promise.all([1, 2, 3].map(() => browser.post(`/apply/${one.id}/answer`, form)));
        check(three.every((each) => each.status === 303 && location(each) === `/apply/${one.id}/result`),
            `application ${one.id}: ${accept}, three times`, three.map((each) => each.status).join(' '));
    };
    const said = new Map(held.map((one, n) => [one.id, n % 2 === 0 ? 'no' : 'yes']));
    for (const one of held) {
        const now = city.row(`select state, offer from claim where subject = ${one.id} and state in ('held', 'taken')`);
        if (now?.offer !== one.offer) {
            said.delete(one.id); /* was moved to a better wish meanwhile */
        } else if (said.get(one.id) === 'no') {
            await answer(one, '/decline', 'no');
        } else {
            await answer(one, '/result', 'yes');
        }
    }
    for (const [id, word] of said) {
        const states = city.rows(`select state, offer from claim where subject = ${id}`);
        const own = states.find((row) => row.offer === held.find((one) => one.id === id).offer).state;
        equal(own, word === 'yes' ? 'taken' : 'returned', `application ${id} said ${word}`);
    }
    const moves = city.rows('select kind, count(*) as n from place_move group by kind');
    const count = (kind) => Number(moves.find((row) => row.kind === kind)?.n ?? 0);
    check(count('declined') >= [...said.values()].filter((word) => word === 'no').length, 'each decline is a move', JSON.stringify(moves));
    check(count('waiting') > 0, 'places went on to who waits', JSON.stringify(moves));
    const rounds = [...new Map(held.map((one) => [one.round, one.label]))];
    for (let n = 0; n < 40 && Number(city.value('select count(*) from place_move where batch is null')) > 0; n++) {
        await pause(500); /* housekeeping gathers them every five seconds */
    }
    await pause(500);
    equal(await server.stop(), 0, 'the server ends by itself');
    for (const [id, label] of rounds) {
        const verified = await jiaoti(['verify', path.join(city.data, 'transcripts', `${label}.txt`)]);
        const told = city.value(`select count(*) from place_move where round = ${id} and batch is not null`);
        check(verified.code === 0 && verified.out.includes(` ${told} moves`), `${label}: ${told} moves are in the transcript`,
            verified.out + verified.err);
    }
    const ledger = await city.jiaoti(['ledger', 'verify']);
    equal(ledger.code, 0, `the ledger after the answers ${ledger.err}`);
    checkOutcomes(city, true);
}

// ---- A family's proof ----

async function checkProof(city, server) {
    const placed = city.row('select a.id, a.account, s.root, s.listed from application a join outcome o on ' +
        "o.application = a.id join round_step s on s.round = a.round and s.step = 'final' where o.offer is not null " +
        'order by s.listed desc, a.id limit 1');
    const family = await new Browser(server.port).signIn(placed.account);
    const proof = await family.get(`/apply/${placed.id}/proof.txt`);
    equal(proof.status, 200, 'the server gives the proof');
    const file = path.join(temporaryFolder(), 'proof.txt');
    const verify = (text, words) => {
        fs.writeFileSync(file, text);
        return jiaoti(['proof', file, ...words]);
    };
    const published = ['--root', placed.root, '--count', String(placed.listed)];
    const good = await verify(proof.text, published);
    check(good.code === 0 && /leads to the published root/.test(good.out), 'the proof holds', good.out + good.err);
    const otherRoot = placed.root.replace(/^./, (c) => (c === '0' ? '1' : '0'));
    equal((await verify(proof.text, ['--root', otherRoot, '--count', String(placed.listed)])).code, 1,
        'not for another root');
    equal((await verify(proof.text, ['--root', placed.root, '--count', String(placed.listed + 1)])).code, 1,
        'not for another count');
    for (let n = 0; n < 8; n++) {
        const at = pick([...proof.text.matchAll(/[0-9]/g)].map((match) => match.index));
        const bent = proof.text.slice(0, at) + (Number(proof.text[at]) + 1) % 10 + proof.text.slice(at + 1);
        equal((await verify(bent, published)).code, 1, `a proof with another digit at ${at} does not hold`);
    }
    const result = await family.get(`/apply/${placed.id}/result`);
    equal(result.status, 200, 'the family sees its result');
    const transcript = await family.get(`/round/${city.value(`select round from application where id = ${placed.id}`)}` +
        '/transcript.txt');
    fs.writeFileSync(file, transcript.body);
    equal((await jiaoti(['verify', file])).code, 0, 'the transcript that the server gives verifies');
}

// ---- Personal data: sealed in the database, in no log, shown again after the keys were changed ----

async function checkSealed(city) {
    const log = path.join(temporaryFolder(), 'access.log');
    const family = city.row("select a.id, a.account, a.child, a.round from application a join account u on u.id = " +
        "a.account where u.demo = 2 and a.state = 'submitted' order by a.id limit 1");
    const look = async () => {
        const server = await city.serve(['--access-log', log]);
        const browser = await new Browser(server.port, { language: 'zh' }).signIn(family.account);
        const shown = await browser.get(`/family/child/${family.child}/${family.round}`);
        await browser.get(`/apply/${family.id}/status`);
        await browser.get('/family');
        await checkProof(city, server);
        equal(await server.stop(), 0, 'the server ends by itself');
        return { text: plain(shown.text), log: server.log };
    };
    const people = city.records('household', 400).map((record) => record.answer.child)
        .filter((child) => child && child.name.length >= 3);
    check(people.length >= 100, 'the departments know children', people.length);
    const before = await look();
    const own = people.length && city.records('household', 100000)
        .find((record) => before.text.includes(record.answer.child?.citizen ?? 'nobody'))?.answer.child;
    check(own && before.text.includes(own.name), 'the family sees its child by name');

    const rotated = await city.jiaoti(['keys', 'rotate']);
    check(rotated.code === 0 && /key generation 2/.test(rotated.out), 'keys rotate', rotated.out + rotated.err);
    const after = await look();
    check(own && after.text.includes(own.name) && after.text.includes(own.citizen),
        'after the rotation the pages show the same', after.text.slice(0, 400));

    const places = { 'the database': city.bytes(), 'the access log': fs.readFileSync(log),
        'the log': Buffer.from(before.log + after.log) };
    check(places['the access log'].length > 200, 'there is an access log');
    for (const [where, bytes] of Object.entries(places)) {
        for (const what of ['citizen', 'name', 'address']) {
            const found = people.concat(own ?? []).filter((child) => child[what] && bytes.includes(child[what]));
            equal(found.length, 0, `no child's ${what} stands in ${where} (${found[0]?.[what]})`);
        }
    }
}

// ---- Behind the program's back ----

async function checkTampering(city) {
    for (const command of ['journal', 'ledger']) {
        const whole = await city.jiaoti([command, 'verify']);
        equal(whole.code, 0, `${command} verify: whole ${whole.err}`);
    }
    const last = Number(city.value('select max(seq) from journal'));
    const middle = Math.floor(last / 2);
    const places = (name) => city.value(`select ${name} from ledger_entry where places = 1 order by id limit 1`);
    const cases = [
        ['journal', 'a row changed', `update journal set detail = detail || ' ' where seq = ${middle}`, middle],
        ['journal', 'who did it changed', `update journal set actor = actor + 1 where seq = ${middle}`, middle],
        ['journal', 'a time changed', `update journal set at = at + 1 where seq = ${middle}`, middle],
        ['journal', 'a row removed', `delete from journal where seq = ${middle}`, middle],
        ['journal', 'the first row removed', 'delete from journal where seq = 1', 1],
        ['journal', 'the end cut off', `delete from journal where seq > ${last - 5}`, last - 4],
        ['journal', 'a row added', 'insert into journal select seq + 1, at, actor, role, action, subject_kind, ' +
            `subject_id, division, detail, hash from journal where seq = ${last}`, last + 1],
        ['journal', 'a row inserted', `update journal set seq = -seq - 1 where seq > ${middle}; ` +
            'update journal set seq = -seq where seq < 0; insert into journal select seq + 1, at, actor, role, action, ' +
            `subject_kind, subject_id, division, detail, hash from journal where seq = ${middle}`, middle + 1],
        ['journal', 'two rows swapped', `update journal set seq = -1 where seq = ${middle}; ` +
            `update journal set seq = ${middle} where seq = ${middle + 1}; ` +
            `update journal set seq = ${middle + 1} where seq = -1`, middle],
        ['ledger', 'an entry changed', `update ledger_entry set places = places + 1 where id = ${places('id')}`],
        ['ledger', 'an entry removed', `delete from ledger_entry where id = ${places('id')}`],
        ['ledger', 'an entry of another offer', `update ledger_entry set offer = (select max(id) from offer where id <> ` +
            `ledger_entry.offer) where id = ${places('id')}`],
        ['ledger', 'a balance changed', `update ledger_balance set places = places + 1 where bucket = 'free' and ` +
            `offer = ${places('offer')}`],
        ['ledger', 'a claim added', `insert into claim (id, offer, subject, state, at) select max(id) + 1, ` +
            `${places('offer')}, 999999, 'taken', 0 from claim`],
        ['ledger', 'a claim turned', "update claim set state = 'taken' where id = (select min(id) from claim where " +
            "state = 'held')"],
        ['ledger', 'a capacity changed', 'update offer set capacity = capacity + 1 where id = (select min(l.offer) from ' +
            'ledger_entry l join offer o on o.id = l.offer)'],
        ['ledger', 'a capacity of a service changed', 'update plain_offer set capacity = capacity + 1 where id = (select min(offer) ' +
            'from ledger_entry join plain_offer x on x.id = offer)'],
    ];
    for (const [command, name, text, row] of cases) {
        const bent = city.copy();
        bent.tamper(text);
        const found = await bent.jiaoti([command, 'verify']);
        const named = row === undefined ? /offer \d+/.test(found.err) : new RegExp(`\\b${row}\\b`).test(found.err);
        check(found.code === 1 && named, `${command}: ${name} is found and named`, `${found.code} ${found.out}${found.err}`);
        const other = await bent.jiaoti([command === 'journal' ? 'ledger' : 'journal', 'verify']);
        equal(other.code, 0, `${command}: ${name}: the other one is whole`);
    }
    const removed = city.copy();
    fs.rmSync(path.join(removed.data, 'keys', 'vault.key'));
    check((await removed.jiaoti(['journal', 'verify'])).code === 1, 'another key does not verify the journal');
}

await run(process.argv[2], process.argv[3], async () => {
    say('building the demo city');
    const city = await City.demo(scale);
    await sameCity(city);
    say('running the rounds');
    await runRounds(city);
    checkSteps(city);
    checkOutcomes(city);
    say('verifying transcripts');
    await checkTranscripts(city);
    say('answers');
    await checkAnswers(city.copy());
    say('personal data, keys, proofs');
    await checkSealed(city);
    say('tampering');
    await checkTampering(city);
    say('done');
});
