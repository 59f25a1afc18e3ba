// kill -9 under load, counted from the client's side.
//
// 64 connections walk families of the demo city round and round: withdraw, begin again, consent, submit; every page is
// opened, every form is sent with the key that the page gave. Meanwhile the server is killed and started again. An
// answer that says "done" is acknowledged; where no answer came the same form is sent again, with the same key, until
// one does. At the end every acknowledged action must be in the database exactly once, every application submitted
// under the receipt that it had from the beginning, journal and ledger whole.
import http from 'node:http';
import { Browser, City, check, equal, formOf, location, pause, plain, random, run, say } from './city.mjs';

const [, , build, timesText, url] = process.argv;
const times = Number(timesText);
const CONNECTIONS = 64;

const numbers = { requests: 0, lost: 0, acknowledged: 0, busy: 0 };
let ending = false;

// ---- A family's round trip ----

const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS, scheduling: 'fifo' });

/** Asks until there is an answer that is one. */
async function until(family, ask) {
    for (;;) {
        try {
            numbers.requests++;
            const answer = await ask();
            if (answer.status !== 429 && answer.status !== 503) {
                return answer;
            }
            numbers.busy++;
            await pause(200);
        } catch {
            numbers.lost++;
            await pause(random(5, 30));
        }
    }
}

/**
 * One page and its form: the form is sent, and sent again while no answer comes. A sibling who asks together may change
 * the application meanwhile; then the page says so, nothing was done, and the family looks again.
 */
async function act(family, action, page, target, fields, expected, looks = 3) {
    const shown = await until(family, () => family.browser.get(page));
    const form = formOf(shown.text, target);
    if (!form) {
        family.wrong = `GET ${page}: ${shown.status} ${location(shown)} ${plain(shown.text).slice(0, 300)}`;
        return false;
    }
    const answer = await until(family, () => family.browser.post(target, { ...form, ...fields }));
    if (answer.status === 409 && looks > 1) {
        return act(family, action, page, target, fields, expected, looks - 1);
    }
    if (answer.status !== 303 || location(answer) !== expected) {
        family.wrong = `POST ${target}: ${answer.status} ${location(answer)} instead of ${expected} ` +
            plain(answer.text).slice(0, 300);
        return false;
    }
    family.done[action]++;
    numbers.acknowledged++;
    return true;
}

async function walk(family) {
    const apply = `/apply/${family.id}`;
    const child = `/family/child/${family.child}/${family.round}`;
    const good = await act(family, 'withdraw', `${apply}/withdraw`, `${apply}/withdraw`, {}, `${apply}/status`) &&
        await act(family, 'begin', child, child, {}, apply) &&
        await act(family, 'consent', `${apply}/consent`, `${apply}/consent`, { consent: 'yes' }, `${apply}/dwelling`) &&
        await act(family, 'submit', `${apply}/answers`, `${apply}/submit`, { true: 'yes' }, `${apply}/receipt`);
    if (!good) {
        return;
    }
    const receipt = await until(family, () => family.browser.get(`${apply}/receipt`));
    if (!receipt.text.includes(family.receipt)) {
        family.wrong = `the receipt page does not show ${family.receipt}: ${plain(receipt.text).slice(0, 300)}`;
    }
}

async function connection(queue) {
    while (!ending) {
        const family = queue.shift();
        await walk(family);
        if (family.wrong) {
            check(false, `application ${family.id}`, family.wrong);
            if (queue.length < CONNECTIONS) {
                return;
            }
        } else {
            queue.push(family);
        }
    }
}

// ---- The server, killed and started ----

async function killed(city, options, port) {
    let server = await city.serve([...options, '--port', String(port)]);
    const starts = [];
    for (let n = 0; n < times; n++) {
        await pause(random(150, 1100));
        equal(await server.stop('SIGKILL'), 'SIGKILL', `kill ${n + 1}`);
        const start = Date.now();
        server = await city.serve([...options, '--port', String(port)]);
        starts.push(Date.now() - start);
    }
    await pause(500);
    say(`${times} kills; started again in ${starts.sort((a, b) => a - b)[times >> 1]} ms (median), ${starts.at(-1)} ms at most`);
    return server;
}

// ---- The count ----

function count(city, families, first) {
    const kept = new Map(families.map((family) => [family.id, {}]));
    for (const row of city.rows('select subject_id, action, count(*) as n from journal where ' +
        `subject_kind = 'application' and seq > ${first} group by subject_id, action`)) {
        if (kept.has(row.subject_id)) {
            kept.get(row.subject_id)[row.action] = row.n;
        }
    }
    let missing = 0;
    let doubled = 0;
    for (const family of families) {
        for (const [action, n] of Object.entries(family.done)) {
            const rows = kept.get(family.id)[`application.${action}`] ?? 0;
            missing += Math.max(0, n - rows);
            doubled += Math.max(0, rows - n);
        }
    }
    equal(missing, 0, 'acknowledged actions that are not in the journal');
    equal(doubled, 0, 'actions that are in the journal and were done twice');

    const now = new Map(city.rows('select id, round, child, state, receipt from application').map((row) => [row.id, row]));
    const wrong = families.filter((family) => now.get(family.id).state !== 'submitted');
    equal(wrong.length, 0, `acknowledged applications that are not submitted ${JSON.stringify(wrong[0]?.id)}`);
    equal(families.filter((family) => now.get(family.id).receipt !== family.receipt).length, 0,
        'applications under another receipt than the acknowledged');
    const unique = (values) => new Set(values).size === values.length;
    check(unique([...now.values()].map((row) => `${row.round} ${row.child}`)), 'one application for each child and round');
    check(unique([...now.values()].map((row) => row.receipt).filter(Boolean)), 'no receipt twice');
    const told = city.value(`select count(*) from message where kind = 'submitted' and at >= ${families.since}`);
    equal(told, families.reduce((sum, family) => sum + family.done.submit, 0), 'each submission was told once');
}

await run(build, url, async () => {
    check(times > 0, 'TIMES is a number', timesText);
    const city = await City.demo(0.01);
    const authority = await city.authority();
    const options = ['--authorities', authority.url];
    const server = await city.serve(options);
    const families = city.rows('select a.id, a.child, a.round, a.account, a.receipt from application a join round r on ' +
        "r.id = a.round join account u on u.id = a.account where r.state = 'open' and a.state = 'submitted' and " +
        'u.demo > 0 order by a.id');
    check(families.length > 500, 'there are families', families.length);
    const arriving = [...families];
    await Promise.all(Array.from({ length: 16 }, async () => {
        for (let family; (family = arriving.pop());) {
            family.done = { withdraw: 0, begin: 0, consent: 0, submit: 0 };
            family.browser = await new Browser(server.port, { agent }).signIn(family.account);
        }
    }));
    equal(await server.stop(), 0, 'the server ends by itself');
    const first = city.value('select max(seq) from journal');
    families.since = city.now();
    say(`${families.length} families are signed in; ${CONNECTIONS} connections`);

    const queue = [...families];
    const connections = Array.from({ length: CONNECTIONS }, () => connection(queue));
    const last = await killed(city, options, server.port);
    ending = true;
    await Promise.all(connections);
    say(`${numbers.requests} requests, ${numbers.acknowledged} actions acknowledged, ${numbers.lost} answers lost, ` +
        `${numbers.busy} told to come again`);
    check(numbers.acknowledged > times * 20, 'there was load', numbers.acknowledged);
    check(numbers.lost > times, 'answers were lost', numbers.lost);
    equal(await last.stop(), 0, 'the server ends by itself');
    await authority.stop();

    count(city, families, first);
    for (const what of ['journal', 'ledger']) {
        const whole = await city.jiaoti([what, 'verify']);
        equal(whole.code, 0, `${what} verify: ${whole.out}${whole.err}`);
    }
    if (!city.database) {
        equal(city.value('pragma integrity_check'), 'ok', 'the file is whole');
    }
    say('done');
});
