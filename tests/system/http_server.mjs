// What every answer carries, signing in and out, rates, health and numbers, and how the server ends.
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import zlib from 'node:zlib';
import { Browser, check, equal, formOf, location, pause, plain, raw, request, say } from './city.mjs';

// ---- Headers ----

const CSP = { 'default-src': "'none'", 'script-src': "'self'", 'style-src': "'self'", 'form-action': "'self'",
    'frame-ancestors': "'none'", 'base-uri': "'none'" };

/** Of every page: the policy that lets nothing foreign in, and HTML that needs no exception from it. One page computes in
    the browser: its policy has that exception and no other. */
function pageIsStrict(answer, name, computes = false) {
    const policy = Object.fromEntries((answer.headers['content-security-policy'] ?? '').split(';').map((part) => {
        const [word, ...values] = part.trim().split(' ');
        return [word, values.join(' ')];
    }));
    for (const [directive, value] of Object.entries(CSP)) {
        equal(policy[directive], computes && directive === 'script-src' ? `${value} 'wasm-unsafe-eval'` : value, `${name}: ${directive}`);
    }
    delete policy[computes ? 'script-src' : ''];
    equal(policy['worker-src'], computes ? "'self'" : undefined, `${name}: worker-src`);
    check(!/unsafe|\*|data:/.test(JSON.stringify(policy)), `${name}: no exception`, JSON.stringify(policy));
    equal(answer.headers['x-content-type-options'], 'nosniff', `${name}: nosniff`);
    check(/same-origin|no-referrer/.test(answer.headers['referrer-policy'] ?? ''), `${name}: referrer policy`);
    if (/text\/html/.test(answer.headers['content-type'] ?? '')) {
        equal(answer.headers['content-type'], 'text/html; charset=utf-8', `${name}: its type`);
        const inline = /<script(?![^>]*\bsrc=)[^>]*>|\son\w+="|\sstyle="|<style|javascript:|<iframe|<object/i.exec(answer.text);
        check(!inline, `${name}: nothing inline`, inline?.[0]);
        const foreign = [...answer.text.matchAll(/(?:src|href|action)="([^"]*)"/g)].map((match) => match[1])
            .filter((where) => /^(https?:)?\/\//.test(where));
        equal(foreign.length, 0, `${name}: nothing from elsewhere (${foreign[0]})`);
        check(/^\s*<!doctype html>\s*<html lang="/i.test(answer.text), `${name}: begins as a page`);
    }
}

function cookiesAreClosed(answer, name, secure) {
    for (const line of answer.headers['set-cookie'] ?? []) {
        check(/; HttpOnly/i.test(line) && /; SameSite=(Lax|Strict)/i.test(line) && /; Path=\//.test(line), `${name}: cookie`, line);
        equal(/; Secure/i.test(line), secure, `${name}: Secure ${line}`);
    }
}

const PUBLIC = ['/', '/find', '/find?q=a', '/rules', '/rules/371502/primary', '/about', '/check', '/check?receipt=x', '/sign-in',
    '/privacy', '/accessibility', '/contact', '/round/1', '/nothing'];

async function headers(city, server) {
    const guest = new Browser(server.port);
    for (const target of PUBLIC) {
        const answer = await guest.get(target);
        pageIsStrict(answer, `GET ${target}`);
        cookiesAreClosed(answer, `GET ${target}`, false);
        check((answer.headers['cache-control'] ?? '').length > 0, `GET ${target}: says whether it may be kept`);
    }
    pageIsStrict(await guest.get('/verify'), 'GET /verify', true);
    const personal = {
        1: (one) => ['/family', `/apply/${one.id}/status`, `/apply/${one.id}/receipt`, `/apply/${one.id}/receipt.pdf`,
            `/family/child/${one.child}/${one.round}`, '/password', `/apply/${one.id}/withdraw`],
        8: (one) => ['/work', `/file/${one.id}`, '/work/queue.xlsx'],
        16: (one) => ['/county', `/county/round/${one.round}`, `/county/round/${one.round}/plan`, '/county/policy/371502/primary'],
        32: () => ['/city'], 64: () => ['/audit', '/city'], 128: () => ['/operator'], 256: () => ['/witness'],
    };
    const one = city.row("select a.id, a.account, a.child, a.round from application a join round r on r.id = a.round where " +
        "r.division = '371502' and a.state = 'submitted' order by a.id limit 1");
    for (const [role, pages] of Object.entries(personal)) {
        const id = role === '1' ? one.account
            : city.value(`select id from account where roles = ${role} and scope in ('371502', '3715') order by id limit 1`);
        const browser = await new Browser(server.port).signIn(id);
        for (const target of pages(one)) {
            const answer = await browser.get(target);
            equal(answer.status, 200, `GET ${target}`);
            pageIsStrict(answer, `GET ${target}`);
            check(/no-store/.test(answer.headers['cache-control']), `GET ${target}: is not kept`, answer.headers['cache-control']);
        }
    }
    // The same public page, with a session: it holds the name, so it is not for caches.
    const known = await (await new Browser(server.port).signIn(one.account)).get('/about');
    check(!/public/.test(known.headers['cache-control']), 'a page with a name is not for caches', known.headers['cache-control']);
    const before = await guest.get('/privacy');
    if (/public/.test(before.headers['cache-control'])) {
        check(!before.headers['set-cookie'] && /cookie/i.test(before.headers.vary ?? ''), 'what caches may keep is for everybody');
        const again = await guest.get('/privacy', { headers: { 'if-none-match': before.headers.etag } });
        equal(again.status, 304, 'and is not sent twice');
    }
}

async function assets(server) {
    const page = (await request(server.port, 'GET', '/')).text;
    const files = [...new Set([...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1]))];
    check(files.length >= 2, 'the page has styles and a script', files.join(' '));
    for (const file of files) {
        const ask = (more) => request(server.port, 'GET', file, { headers: more });
        const whole = await ask({});
        equal(whole.status, 200, file);
        check(/max-age=31536000, immutable/.test(whole.headers['cache-control']), `${file}: for ever`);
        check(whole.headers.etag, `${file}: has an ETag`);
        check(/accept-encoding/i.test(whole.headers.vary), `${file}: varies by coding`);
        equal((await ask({ 'if-none-match': whole.headers.etag })).status, 304, `${file}: not sent twice`);
        for (const [coding, open] of [['br', zlib.brotliDecompressSync], ['gzip', zlib.gunzipSync]]) {
            const packed = await ask({ 'accept-encoding': coding });
            if (packed.headers['content-encoding'] === coding) {
                check(open(packed.body).equals(whole.body), `${file}: ${coding} is the same file`);
            }
        }
        equal((await ask({ 'accept-encoding': 'br;q=0, gzip;q=0' })).headers['content-encoding'], undefined, `${file}: as it is when asked`);
        const headOnly = await request(server.port, 'HEAD', file);
        check(headOnly.status === 200 && headOnly.body.length === 0 &&
            headOnly.headers['content-length'] === whole.headers['content-length'], `${file}: HEAD`);
    }
    equal((await request(server.port, 'GET', files[0].replace(/\.\w+\./, '.00000000.'))).status, 404, 'another hash is not there');
}

async function behindTls(city) {
    const server = await city.serve(['--tls']);
    const page = await request(server.port, 'GET', '/sign-in');
    check(/max-age=\d{7,}/.test(page.headers['strict-transport-security'] ?? ''), 'behind TLS: HSTS');
    cookiesAreClosed(page, 'behind TLS', true);
    const guest = page.headers['set-cookie'].map((line) => line.split(';')[0]).join('; ');
    const { form_key } = formOf(page.text, '/demo/sign-in');
    const signedIn = await request(server.port, 'POST', '/demo/sign-in', {
        headers: { cookie: guest, 'content-type': 'application/x-www-form-urlencoded' }, body: `form_key=${form_key}&account=1` });
    cookiesAreClosed(signedIn, 'behind TLS, signed in', true);
    check(/^__Host-jiaoti=/.test((signedIn.headers['set-cookie'] ?? []).find((line) => /jiaoti=/.test(line)) ?? ''),
        'behind TLS: the session is bound to the host', signedIn.headers['set-cookie']);
    equal(await server.stop(), 0, 'behind TLS: it ends by itself');
}

// ---- Signing in ----

async function signIn(city, server) {
    const accounts = Object.fromEntries(fs.readFileSync(path.join(city.data, 'demo-accounts.txt'), 'utf8').split('\n')
        .map((line) => line.split(' ')).filter((words) => words.length === 2));
    const [cityLogin, officerLogin] = [...Object.keys(accounts)].sort();
    const enter = (login, password, browser = new Browser(server.port)) =>
        browser.fill('/sign-in', { login, password }).then((answer) => ({ answer, browser }));

    const right = await enter(cityLogin, accounts[cityLogin]);
    equal(`${right.answer.status} ${location(right.answer)}`, '303 /city', 'the right password');
    cookiesAreClosed(right.answer, 'signing in', false);
    const cookie = right.browser.cookies.get('jiaoti');
    check(/^[0-9a-f]{64}$/.test(cookie ?? ''), 'a session of 256 bits', cookie);
    check(!city.bytes().includes(Buffer.from(cookie, 'hex')) && !city.bytes().includes(cookie), 'its token is not in the database');
    const wrong = await enter(cityLogin, `${accounts[cityLogin]}x`);
    equal(wrong.answer.status, 422, 'a wrong password');
    check(!wrong.answer.text.includes(accounts[cityLogin]), 'what was typed as password does not come back');
    const nobody = await enter('nobody-of-that-name', accounts[cityLogin]);
    const words = (answer) => plain(/<ul class="govuk-list govuk-error-summary__list">[\s\S]*?<\/ul>/.exec(answer.text)[0]);
    equal(words(nobody.answer), words(wrong.answer), 'an unknown name is told the same as a wrong password');
    equal((await enter('', '')).answer.status, 422, 'nothing typed');

    // The session ends when it is left; another browser's goes on.
    const second = await enter(cityLogin, accounts[cityLogin]);
    const left = await second.browser.fill('/city', {}, '/sign-out');
    equal(left.status, 303, 'signing out');
    check(!second.browser.cookies.has('jiaoti'), 'the cookie is taken back');
    second.browser.cookies.set('jiaoti', cookie.replace(/^./, (c) => (c === '0' ? '1' : '0')));
    equal((await second.browser.get('/home')).status, 303, 'a guessed cookie is nobody');
    check(location(await second.browser.get('/home')).startsWith('/sign-in'), 'and is sent to sign in');
    equal((await right.browser.get('/city')).status, 200, 'the other browser is still signed in');
    const kept = right.browser.cookies.get('jiaoti');
    await right.browser.fill('/city', {}, '/sign-out');
    right.browser.cookies.set('jiaoti', kept);
    check(location(await right.browser.get('/city')).startsWith('/sign-in'), 'a session that was left cannot be used again');

    // A new password ends the other sessions and nothing else works with the old one.
    const [a, b] = [await enter(officerLogin, accounts[officerLogin]), await enter(officerLogin, accounts[officerLogin])];
    const fresh = 'three plain words 17';
    const change = (fields) => a.browser.fill('/password', { old: accounts[officerLogin], new: fresh, again: fresh, ...fields });
    equal((await change({ old: 'not the password' })).status, 422, 'the old password is asked for');
    equal((await change({ again: 'something else 99' })).status, 422, 'the new one twice');
    equal((await change({ new: 'short', again: 'short' })).status, 422, 'of ten characters');
    equal((await b.browser.get('/county')).status, 200, 'the other session is there until then');
    equal((await change({})).status, 303, 'the password is changed');
    equal((await a.browser.get('/county')).status, 200, 'this session goes on');
    check(location(await b.browser.get('/county')).startsWith('/sign-in'), 'the other one is ended');
    equal((await enter(officerLogin, accounts[officerLogin])).answer.status, 422, 'the old password is none any more');
    equal((await enter(officerLogin, fresh)).answer.status, 303, 'the new one is');

    // Eight wrong tries, then the account waits, even with the right password; others do not.
    for (let n = 0; n < 8; n++) {
        equal((await enter(officerLogin, `wrong ${n}`)).answer.status, 422, `wrong try ${n + 1}`);
    }
    const locked = await enter(officerLogin, fresh);
    check(locked.answer.status === 422 && /wait 15 minutes/.test(plain(locked.answer.text)), 'then it waits, even with the right one',
        `${locked.answer.status} ${plain(locked.answer.text).slice(0, 300)}`);
    equal((await enter(cityLogin, accounts[cityLogin])).answer.status, 303, 'others do not');
    equal(city.value("select count(*) from journal where action = 'account.sign_in_failed'") >= 9, true, 'wrong tries are in the journal');
    check(!server.log.includes(accounts[cityLogin]) && !server.log.includes(fresh), 'no password in the log');
    equal((await a.browser.get('/county')).status, 200, 'and who is inside stays inside');
}

/** Sessions end by themselves: staff's after an hour, a family's after two without use, all after twelve. */
async function idle(city) {
    let server = await city.serve();
    const accounts = { staff: city.value('select id from account where roles = 32'),
        family: city.value('select id from account where roles = 1 and demo > 0 order by id limit 1') };
    const enter = async () => ({ staff: await new Browser(server.port).signIn(accounts.staff),
        family: await new Browser(server.port).signIn(accounts.family) });
    const isIn = async (browser, page) => {
        browser.port = server.port;
        const answer = await browser.get(page);
        return answer.status === 200 && !location(answer).startsWith('/sign-in');
    };
    /* A server that has just started knows no session but those of the table. */
    const later = async (minutes, change) => {
        await server.stop();
        city.tamper(`update session set ${change.replaceAll('MS', minutes * 60000)}`);
        server = await city.serve();
    };
    let entered = await enter();
    await later(61, 'seen_at = seen_at - MS');
    check(!await isIn(entered.staff, '/city'), 'staff: over after an hour without use');
    check(await isIn(entered.family, '/family'), 'a family: not yet');
    await later(121, 'seen_at = seen_at - MS');
    check(!await isIn(entered.family, '/family'), 'a family: over after two hours without use');
    entered = await enter();
    await later(721, 'created_at = created_at - MS');
    check(!await isIn(entered.staff, '/city') && !await isIn(entered.family, '/family'), 'nobody: longer than twelve hours, used or not');
    entered = await enter();
    await later(721, 'expires_at = expires_at - MS');
    check(!await isIn(entered.family, '/family'), 'nor past what the table says');

    // The demo's clock: forwards only; it signs nobody out.
    entered = await enter();
    const set = (to) => entered.family.fill('/demo/clock', { to });
    const forward = (minutes) =>
        set(new Date(city.now() + 8 * 3600000 + minutes * 60000).toISOString().slice(0, 16).replace('T', ' '));
    equal((await forward(-90)).status, 422, 'the clock does not go back');
    equal((await set('tomorrow')).status, 422, 'nor to where there is no time');
    equal((await forward(24 * 60)).status, 303, 'the clock is moved by a day');
    check(await isIn(entered.family, '/family') && await isIn(entered.staff, '/city'), 'and everybody is still signed in');
    equal(await server.stop(), 0, 'it ends by itself');
    equal((await city.jiaoti(['journal', 'verify'])).code, 0, 'the journal is whole');
}

/** More tries a minute than the limit from one address: told to come again, and when; other pages are still served. */
async function rates(city) {
    const server = await city.serve();
    let refused;
    let tries = 0;
    for (; tries < 900 && !refused; tries += 20) {
        const answers = await Promise.all(Array.from({ length: 20 }, () => request(server.port, 'POST', '/sign-in', { body: '' })));
        refused = answers.find((answer) => answer.status === 429);
        check(answers.every((answer) => answer.status === 403 || answer.status === 429), 'a try without a key', answers[0].status);
    }
    check(refused, 'too many tries to sign in are refused', `${tries} tries`);
    check(tries > 500, 'a school behind one address may try', tries);
    check(Number(refused?.headers['retry-after']) >= 1, 'and told when to come again', refused?.headers['retry-after']);
    check(/\u5c1d\u8bd5|\u8bf7\u6c42\u592a\u591a/.test(plain(refused?.text ?? '')), 'in words', plain(refused?.text ?? '').slice(0, 200));
    equal((await request(server.port, 'GET', '/')).status, 200, 'other pages are served');
    // One account that asks without end is slowed; another is not.
    const [greedy, other] = city.rows('select id from account where roles = 1 and demo > 0 order by id limit 2');
    await server.stop();
    const second = await city.serve();
    const fast = await new Browser(second.port).signIn(greedy.id);
    const calm = await new Browser(second.port).signIn(other.id);
    let late;
    for (let n = 0; n < 1600 && !late; n += 40) {
        late = (await Promise.all(Array.from({ length: 40 }, () => fast.get('/password')))).find((answer) => answer.status === 429);
    }
    check(late && Number(late.headers['retry-after']) >= 1, 'an account that asks without end is slowed', late?.status);
    equal((await calm.get('/password')).status, 200, 'another is not');
    equal(await second.stop(), 0, 'it ends by itself');
}

// ---- Health, numbers ----

async function numbers(server) {
    const health = await request(server.port, 'GET', '/healthz');
    equal(`${health.status} ${health.text}`, '200 ok\n', '/healthz');
    const answer = await request(server.port, 'GET', '/metrics');
    equal(answer.status, 200, '/metrics');
    check(/^text\/plain; version=0\.0\.4/.test(answer.headers['content-type']), '/metrics: its type', answer.headers['content-type']);
    const types = new Map();
    const samples = new Map();
    for (const line of answer.text.split('\n').filter(Boolean)) {
        const type = /^# TYPE (\w+) (counter|gauge|histogram|summary|untyped)$/.exec(line);
        const sample = /^([a-zA-Z_:][\w:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\.)*",?)*\})? (-?[\d.]+(?:e[+-]?\d+)?|NaN|[+-]Inf)$/.exec(line);
        if (type) {
            check(!types.has(type[1]), `/metrics: one TYPE of ${type[1]}`);
            types.set(type[1], type[2]);
        } else if (sample) {
            const base = sample[1].replace(/_(bucket|sum|count)$/, '');
            check(types.has(sample[1]) || types.get(base) === 'histogram', `/metrics: ${sample[1]} has a TYPE before it`);
            check(!samples.has(sample[1] + (sample[2] ?? '')), `/metrics: ${sample[1]}${sample[2] ?? ''} once`);
            samples.set(sample[1] + (sample[2] ?? ''), Number(sample[3]));
        } else {
            check(/^# HELP \w+ ./.test(line), '/metrics: a line of its format', line);
        }
    }
    check(samples.size > 50, '/metrics: numbers', samples.size);
    let buckets = 0;
    for (const [name, value] of samples) {
        const bucket = /^(\w+)_bucket\{(.*),?le="\+Inf"\}$/.exec(name);
        if (bucket) {
            buckets++;
            equal(samples.get(`${bucket[1]}_count{${bucket[2].replace(/,$/, '')}}`), value, `/metrics: ${name} is the count`);
        }
    }
    check(buckets > 0, '/metrics: histograms');
    check([...samples.keys()].some((name) => name.startsWith('jiaoti_writer_commits_total')), '/metrics: the writer');
    equal((await request(server.port, 'GET', '/metrics', { headers: { 'x-forwarded-for': '10.1.2.3' } })).status, 404,
        '/metrics is not for who comes through the proxy');
}

// ---- The end ----

/** SIGTERM while a family's form is on its way: it is still answered, nobody new is let in, the code is 0. */
async function stopping(city) {
    const server = await city.serve();
    const account = city.value('select id from account where roles = 1 and demo > 0 order by id limit 1');
    const browser = await new Browser(server.port).signIn(account);
    const form = formOf((await browser.get('/family/add')).text, '/family/add');
    const body = new URLSearchParams({ ...form, citizen: '1' }).toString();
    const socket = net.connect(server.port, '127.0.0.1');
    let text = '';
    const answered = new Promise((resolve) => {
        socket.on('data', (part) => { text += part.toString(); });
        socket.on('close', () => resolve(Date.now()));
        socket.on('error', () => {});
    });
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    socket.write(`POST /family/add HTTP/1.1\r\nHost: x\r\nCookie: ${cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body.slice(0, 20)}`);
    await pause(300);
    server.child.kill('SIGTERM');
    await pause(400);
    const late = await raw(server.port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', 1000);
    check(late === '', 'who comes while it stops is not let in', late.slice(0, 100));
    let over = false;
    server.ended.then(() => { over = true; });
    await pause(100);
    check(!over, 'it waits for the form that is on its way');
    socket.write(body.slice(20));
    await Promise.race([answered, pause(5000)]);
    check(/^HTTP\/1\.1 422 /.test(text) && /connection: close/i.test(text), 'which is answered', text.slice(0, 120));
    equal(await Promise.race([server.ended, pause(10000)]), 0, 'then it ends with 0');
    // A client that never ends its form does not hold it for ever.
    const second = await city.serve(['--drain', '2']);
    const stuck = net.connect(second.port, '127.0.0.1');
    stuck.on('error', () => {});
    stuck.write('POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc');
    await pause(200);
    const start = Date.now();
    const code = await Promise.race([second.stop(), pause(9000)]);
    check(Date.now() - start < 6000, 'one that never ends does not hold it', `${code} after ${Date.now() - start} ms`);
    check(code === 1 && /after 2 seconds with 1 requests unanswered/.test(second.log), 'and it says so', `${code} ${second.log}`);
    stuck.destroy();
    // Two servers on one port, a port that is taken: told.
    const third = await city.serve();
    const taken = await city.serve(['--port', String(third.port)]).then((other) => other.stop('SIGKILL'), (error) => error.message);
    check(/port|listen|address/i.test(String(taken)), 'a port that is taken is told', taken);
    equal(await third.stop('SIGINT'), 0, 'Ctrl-C ends it too');
}

// ---- The demo's clock, moved by another process ----

async function movedElsewhere(city) {
    const server = await city.serve();
    const round = city.row("select id, label from round where state = 'open' and division = '371581' order by id limit 1");
    const officer = await new Browser(server.port)
        .signIn(city.value("select id from account where roles = 16 and scope = '371581'"));
    const clock = async () => /demo&#39;s clock: (\d{4}-\d\d-\d\d)/.exec((await officer.get('/')).text)?.[1];
    const before = await clock();
    const ran = await city.jiaoti(['round', 'run', '--round', round.label, '--undecided', 'established']);
    check(ran.code === 0 && / 1 rounds published/.test(ran.out), 'a round is run beside the server', ran.out + ran.err);
    let after = before;
    for (const start = Date.now(); after === before && Date.now() - start < 5000;) {
        await pause(100);
        after = await clock();
    }
    check(after > before, 'the server follows the clock that was moved elsewhere', `${before} ${after}`);
    // The server may have seen it on its way.
    const stands = () => Math.abs(city.now() - Date.parse(`${after}T00:00:00+08:00`)) < 86400000;
    for (const start = Date.now(); !stands() && Date.now() - start < 5000;) {
        await pause(100);
        after = await clock();
    }
    check(stands(), 'to where it stands', after);
    const page = await officer.get(`/county/round/${round.id}`);
    equal(page.status, 200, 'nobody is signed out by it');
    check(/moved elsewhere/.test(server.log), 'the log says so', server.log.slice(0, 500));
    equal(await server.stop(), 0, 'the server ends by itself');
}

export async function server(city) {
    const running = await city.serve();
    await headers(city, running);
    await assets(running);
    await numbers(running);
    await signIn(city, running);
    check(!/ error /.test(running.log), 'the log tells no error', running.log.slice(0, 500));
    equal(await running.stop(), 0, 'the server ends by itself');
    await behindTls(city);
    await rates(city);
    await stopping(city);
    await idle(city);
    await movedElsewhere(city.copy());
    say('headers, signing in, rates, numbers, the end');
}
