// Bad input: each mistake gets its own clear answer in both languages, keeps what was typed, changes nothing, and is
// never a failure of the server.
import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { Browser, check, encode, equal, formOf, jiaoti, Keys, location, pause, plain, raw, say, temporaryFolder }
    from './city.mjs';

const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), crypto.randomBytes(4096)]);

class Input {
    constructor(city, server) {
        Object.assign(this, { city, server, port: server.port, keys: new Keys(city) });
    }

    browser(language) {
        return new Browser(this.port, { language });
    }

    /** Runs ask(browser) in both languages; the answer's status and words must be these. */
    async both(name, account, status, zh, en, ask) {
        const answers = [];
        for (const [language, words] of [['zh', zh], ['en', en]]) {
            const browser = this.browser(language);
            if (account) {
                await browser.signIn(account);
            }
            const answer = await ask(browser, language);
            equal(answer.status, status, `${name} (${language}): status`);
            check(words.test(plain(answer.text)), `${name} (${language}): is told in words`, plain(answer.text).slice(0, 700));
            check(new RegExp(`<html lang="${language === 'zh' ? 'zh-CN' : 'en'}"`).test(answer.text), `${name} (${language}): is a page`);
            answers.push(answer);
        }
        return answers;
    }

    /** As above; the error stands in the summary and beside its field, and the summary leads to the field. */
    async beside(name, account, field, zh, en, ask) {
        for (const answer of await this.both(name, account, 422, zh, en, ask)) {
            check(new RegExp(`<a href="#${field}">`).test(answer.text), `${name}: the summary leads to ${field}`);
            check(answer.text.includes(`id="${field}-error"`), `${name}: the error stands beside ${field}`);
            check(new RegExp(`aria-describedby="[^"]*${field}-error`).test(answer.text), `${name}: and is read with it`);
        }
    }
}

// ---- A family's mistakes ----

async function citizenNumbers(input, account) {
    const add = (citizen) => (browser) => browser.fill('/family/add', { citizen, relation: 'mother' });
    for (const number of ['11010519491231002', '110105194912310021', '11010519491331002X', '没有号码', '1'.repeat(18)]) {
        await input.beside(`wrong citizen number ${number}`, account, 'citizen', /身份证号/, /citizen number|18 characters|check/i,
            add(number));
    }
    await input.beside('no citizen number', account, 'citizen', /身份证号/, /citizen number/i, add(''));
    await input.beside('a number of nobody', account, 'citizen', /没有查到/, /no record/, add('11010519491231002X'));
    const browser = await input.browser('en').signIn(account);
    const answer = await add('11010519491231<b>')(browser);
    check(answer.text.includes('value="11010519491231&lt;b&gt;"'), 'what was typed is kept, escaped');
}

async function tooYoung(input) {
    const account = input.city.value("select id from account where demo_note_en like '%too young%'");
    await (await input.browser('en').signIn(account)).fill('/family', {}, '/family/look-up');
    const child = { account, child: input.city.value(`select max(child) from guardian where account = ${account}`) };
    check(child.child, 'public security names the child');
    const round = input.city.value("select id from round where label = '371502-primary-2026'");
    const where = `/family/child/${child.child}/${round}`;
    await input.both('a child too young', child.account, 409, /周岁|入学年龄|年龄/, /young|age|born/i,
        async (browser) => browser.post(where, { form_key: input.keys.make(browser, where) }));
    const home = await (await input.browser('en').signIn(child.account)).get('/family');
    check(!home.text.includes(`href="${where}"`), 'the page does not offer it either');
    equal(input.city.value(`select count(*) from application where child = ${child.child}`), 0, 'there is no application');
}

async function secondApplication(input) {
    const one = input.city.row("select a.id, a.account, a.child, a.round from application a join round r on r.id = a.round " +
        "join account u on u.id = a.account where a.state = 'submitted' and r.state = 'open' and u.demo > 0 order by a.id desc limit 1");
    const where = `/family/child/${one.child}/${one.round}`;
    await input.both('a second application', one.account, 200, /一个孩子只有一份申请/, /one for each child/i,
        async (browser) => {
            const answer = await browser.fill(where);
            equal(`${answer.status} ${location(answer)}`, `303 /apply/${one.id}/status`, 'it leads to the first');
            return browser.get(location(answer));
        });
    equal(input.city.value(`select count(*) from application where child = ${one.child} and round = ${one.round}`), 1,
        'there is one application');
    // Two phones: the later one is told.
    const draft = await input.browser('en').signIn(one.account);
    await draft.fill(`/apply/${one.id}/withdraw`);
    await draft.fill(where);
    const [first, second] = [draft, await input.browser('en').signIn(one.account)];
    const page = `/apply/${one.id}/consent`;
    const [a, b] = [formOf((await first.get(page)).text, page), formOf((await second.get(page)).text, page)];
    equal((await first.post(page, { ...a, consent: 'yes' })).status, 303, 'the first phone');
    const late = await second.post(page, { ...b, consent: 'yes' });
    check(late.status === 303 && location(late) === `/apply/${one.id}`, 'the second phone is told', location(late));
    // The same form twice, at the same time: one submission.
    const answers = `/apply/${one.id}/answers`;
    const form = formOf((await first.get(answers)).text, `/apply/${one.id}/submit`);
    const last = Number(input.city.value('select max(seq) from journal'));
    const sent = await Promise.all(Array.from({ length: 6 }, () => first.post(`/apply/${one.id}/submit`, { ...form, true: 'yes' })));
    check(sent.every((answer) => answer.status === 303 && location(answer) === `/apply/${one.id}/receipt`),
        'six clicks get one receipt', sent.map((answer) => `${answer.status} ${location(answer)}`).join(', '));
    equal(input.city.value(`select count(*) from journal where seq > ${last} and action = 'application.submit'`), 1,
        'and are one submission');
}

// ---- Papers ----

async function uploads(input) {
    const draft = input.city.row('select a.id, a.account, f.kind from application a join fact f on f.application = a.id ' +
        "join round r on r.id = a.round join account u on u.id = a.account where a.state = 'submitted' and r.state = 'open' " +
        "and f.kind = 'property' and f.state in ('failed', 'person', 'silent') and u.demo > 0 order by a.id limit 1");
    check(draft, 'there is a family that is asked for a paper');
    input.city.tamper(`update application set unlocked = 7, review = 'correction' where id = ${draft.id}`);
    const page = `/apply/${draft.id}/papers/${draft.kind}`;
    const kind = async (browser) => /name="kind" value="([^"]*)"/.exec((await browser.get(page)).text)[1];
    const file = (name, type, bytes) => async (browser) =>
        browser.upload(page, { kind: await kind(browser) }, { field: 'file', name, type, bytes });
    const papers = () => Number(input.city.value(`select count(*) from paper where application = ${draft.id}`));
    const before = papers();

    const program = Buffer.concat([Buffer.from('MZ\x90\x00\x03'), crypto.randomBytes(2000)]);
    await input.beside('a program named .png', draft.account, 'file', /JPEG/, /JPEG/, file('photo.png', 'image/png', program));
    await input.beside('a page named .pdf', draft.account, 'file', /JPEG/, /JPEG/,
        file('a.pdf', 'application/pdf', Buffer.from('<html><script>alert(1)</script>')));
    await input.beside('an empty file', draft.account, 'file', /文件|照片/, /file|photo/i, file('a.png', 'image/png', Buffer.alloc(0)));
    await input.beside('a file of 10 MB and a little', draft.account, 'file', /10 MB/, /10 MB/,
        file('a.png', 'image/png', Buffer.concat([PNG, Buffer.alloc(10 * 1024 * 1024 - 100)])));
    await input.beside('no kind of paper', draft.account, 'kind', /种类/, /paper/i, (browser) =>
        browser.upload(page, {}, { field: 'file', name: 'a.png', type: 'image/png', bytes: PNG }));
    equal(papers(), before, 'none of them was kept');

    // 50 MB: refused by the head alone, in words, at once; again and again, and memory does not grow.
    const big = (browser, language) => hugeUpload(input, browser, page, language);
    await input.both('an upload of 50 MB', draft.account, 413, /10 MB.*压缩|太大.*10 MB/s, /too large.*10 MB/is, big);
    const memory = input.server.memory();
    const many = await Promise.all(Array.from({ length: 12 }, async () =>
        big(await input.browser('en').signIn(draft.account), 'en')));
    check(many.every((answer) => answer.status === 413), 'twelve of them at once are refused');
    check(many.every((answer) => answer.ms < 2000), 'within two seconds', many.map((answer) => answer.ms).join(' '));
    check(input.server.memory() - memory < 16 * 1024, 'and memory stays', `${memory} KB → ${input.server.memory()} KB`);

    // A good one, with a name that wants to be somewhere else.
    const browser = await input.browser('en').signIn(draft.account);
    const good = await file('../../../../tmp/x"; filename="<script>.png', 'image/png', PNG)(browser);
    equal(good.status, 303, 'a picture is taken');
    equal(papers(), before + 1, 'and kept');
    const row = input.city.row(`select id, stored from paper where application = ${draft.id} order by id desc limit 1`);
    const stored = path.join(input.city.data, 'papers', row.stored);
    check(/^[0-9a-f]{2}\/[0-9a-f]+\.sealed$/.test(row.stored) && fs.existsSync(stored), 'under a name of our own', row.stored);
    check(!fs.readFileSync(stored).includes(PNG.subarray(16, 80)), 'sealed');
    const shown = await browser.get(`/paper/${row.id}`);
    check(shown.status === 200 && shown.body.equals(PNG), 'and comes back as it was');
    equal(shown.headers['content-type'], 'image/png', 'as what it is');
    equal(shown.headers['x-content-type-options'], 'nosniff', 'not sniffed');
    check(/sandbox/.test(shown.headers['content-security-policy']), 'in a sandbox', shown.headers['content-security-policy']);
    check(/no-store/.test(shown.headers['cache-control']), 'not kept by the browser', shown.headers['cache-control']);
}

/** Sends a head that announces 50 MB, and the body until an answer comes. */
function hugeUpload(input, browser, page, language) {
    return new Promise((resolve) => {
        const start = Date.now();
        const socket = net.connect(input.port, '127.0.0.1');
        const part = Buffer.alloc(64 * 1024);
        let text = Buffer.alloc(0);
        let sent = 0;
        const more = () => {
            while (text.length === 0 && sent < 50 * 1024 * 1024 && socket.writable) {
                sent += part.length;
                if (!socket.write(part)) {
                    return;
                }
            }
        };
        socket.on('error', () => {});
        socket.on('drain', more);
        socket.on('data', (bytes) => {
            text = Buffer.concat([text, bytes]);
            const all = text.toString();
            const length = Number(/content-length: (\d+)/i.exec(all)?.[1] ?? NaN);
            if (text.length >= text.indexOf('\r\n\r\n') + 4 + length) {
                socket.destroy();
                resolve({ status: Number(all.slice(9, 12)), text: all, ms: Date.now() - start });
            }
        });
        socket.on('close', () => resolve({ status: 0, text: text.toString(), ms: Date.now() - start }));
        socket.write(`POST ${page} HTTP/1.1\r\nHost: x\r\nCookie: jiaoti=${browser.cookies.get('jiaoti')}; lang=${language}\r\n` +
            'Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 52428800\r\n\r\n');
        more();
    });
}

// ---- Keys of forms ----

async function formKeys(input) {
    const [one, other] = input.city.rows("select id from account where roles = 1 and demo > 0 order by id limit 2");
    const where = '/family/add';
    const zh = /没有被接受.*刷新/s;
    const en = /not accepted.*load the page again/is;
    const send = (key) => async (browser) => browser.post(where, { citizen: '', ...(await key(browser)) });
    await input.both('a form without its key', one.id, 403, zh, en, send(() => ({})));
    await input.both('a form with an old key', one.id, 403, zh, en,
        send((browser) => ({ form_key: input.keys.make(browser, where, 13) })));
    await input.both('a form with a key of the future', one.id, 403, zh, en,
        send((browser) => ({ form_key: input.keys.make(browser, where, -1) })));
    await input.both('a form with the key of another page', one.id, 403, zh, en,
        send((browser) => ({ form_key: input.keys.make(browser, '/family/look-up') })));
    await input.both("a form with another session's key", one.id, 403, zh, en, send(async () => {
        const stranger = await input.browser('en').signIn(other.id);
        return { form_key: formOf((await stranger.get(where)).text, where).form_key };
    }));
    await input.both('a form with a changed key', one.id, 403, zh, en, send(async (browser) => {
        const key = input.keys.make(browser, where);
        return { form_key: key.slice(0, 60) + (key[60] === '0' ? '1' : '0') + key.slice(61) };
    }));
    await input.both("a form from another site's page", one.id, 403, zh, en, async (browser) => browser.post(where,
        { form_key: input.keys.make(browser, where) }, { headers: { 'sec-fetch-site': 'cross-site' } }));
    const right = await (await input.browser('en').signIn(one.id)).fill(where);
    equal(right.status, 422, 'with the right key the form itself is looked at');
}

// ---- Scope, paths, methods ----

async function outside(input) {
    const [one, other] = input.city.rows('select a.id, a.account from application a join account u on u.id = a.account ' +
        'where u.demo > 0 order by a.id desc limit 2');
    check(one.account !== other.account, 'two families');
    await input.both("another family's page", one.account, 404, /不属于您/, /not yours/i,
        (browser) => browser.get(`/apply/${other.id}/status`));
    const round = input.city.value("select id from round where division = '371521' order by id limit 1");
    const officer = input.city.value("select id from account where roles = 16 and scope = '371502'");
    await input.both("another county's round", officer, 404, /管辖范围/, /your area/i, (browser) => browser.get(`/county/round/${round}`));
    await input.both('an unknown path', null, 404, /没有找到/, /not found/i, (browser) => browser.get('/nothing/here'));
    await input.both('an application that is not there', one.account, 404, /没有找到/, /not found/i,
        (browser) => browser.get('/apply/999999999/status'));
    await input.both('a wrong method', null, 405, /不能这样/, /cannot be used/i, (browser) => browser.post('/find', {}));
    for (const [method, target, allow] of [['POST', '/find', 'GET, HEAD'], ['GET', '/demo/sign-in', 'POST'],
        ['DELETE', '/find', undefined], ['PUT', '/sign-in', undefined], ['OPTIONS', '/', undefined]]) {
        const answer = await input.browser('en').ask(method, target);
        equal(answer.status, 405, `${method} ${target}`);
        check(answer.headers.allow && (!allow || answer.headers.allow === allow), `${method} ${target}: says what is allowed`,
            answer.headers.allow);
    }
    for (const number of ['0', '-1', '9223372036854775808', '99999999999999999999', '1e3', '0x10', '1%00', '١']) {
        const answer = await (await input.browser('en').signIn(one.account)).get(`/apply/${encodeURI(number)}/status`);
        check([400, 403, 404].includes(answer.status), `application ${number}`, answer.status);
    }
}

// ---- The policy editor ----

async function brokenPolicy(input) {
    const officer = input.city.value("select id from account where roles = 16 and scope = '371502'");
    const page = '/county/policy/371502/primary';
    const versions = () => input.city.value('select count(*) from policy');
    const before = versions();
    const bent = (change) => async (browser) => {
        const { text } = formOf((await browser.get(page)).text, page);
        return browser.fill(page, { text: change(text), note: 'a mistake' });
    };
    const insert = (text, line, what) => [...text.split('\n').slice(0, line - 1), what, ...text.split('\n').slice(line - 1)].join('\n');
    await input.beside('a broken YAML', officer, 'text', /第(9|10)行/, /line (9|10)\b/, bent((text) => insert(text, 9, '\tbad: 1')));
    await input.beside('an unknown key', officer, 'text', /第1行/, /line 1\b/, bent((text) => insert(text, 1, 'unheard_of: 1')));
    await input.beside('no YAML at all', officer, 'text', /第1行/, /line 1\b/, bent(() => '<script>alert(1)</script>'));
    await input.beside('a wrong number', officer, 'text', /第\d+行/, /line \d+/, bent((text) => text.replace(/^year: .*$/m, 'year: soon')));
    await input.beside('an empty policy', officer, 'text', /./, /./, bent(() => ''));
    equal(versions(), before, 'none of them was kept');
    const browser = await input.browser('en').signIn(officer);
    const same = await bent((text) => text.replaceAll('\n', '\r\n'))(browser);
    check(same.status === 303 && versions() === before, 'the text as a browser sends it back is the same version', same.status);
    const kept = await bent((text) => insert(text, 9, 'a: [<b>unclosed'))(browser);
    check(kept.text.includes('a: [&lt;b&gt;unclosed'), 'what was typed is still there, escaped');
}

async function brokenFolder() {
    const folder = path.join(temporaryFolder(), 'city');
    fs.cpSync('cities/liaocheng', folder, { recursive: true });
    const good = await jiaoti(['check', folder]);
    check(good.code === 0 && /no mistake/.test(good.out), 'the folder itself has no mistake', good.out);
    const file = path.join(folder, 'admission/371502-primary.yaml');
    const lines = fs.readFileSync(file, 'utf8').split('\n');
    fs.writeFileSync(file, [...lines.slice(0, 11), '  - broken: [', ...lines.slice(11)].join('\n'));
    fs.appendFileSync(path.join(folder, 'city.yaml'), 'unheard_of: 1\n');
    for (const words of [[], ['--chinese']]) {
        const told = await jiaoti(['check', folder, ...words]);
        equal(told.code, 1, 'jiaoti check on a broken folder fails');
        check(/371502-primary\.yaml:1[0-9]\b/.test(told.out), 'and names file and line', told.out.slice(0, 500));
        check(/city\.yaml:\d+/.test(told.out), 'every mistake, not the first alone', told.out.slice(0, 500));
        check(words.length === 0 || /[一-鿿]/.test(told.out), 'in Chinese when asked');
    }
    fs.rmSync(path.join(folder, 'city.yaml'));
    const missing = await jiaoti(['check', folder]);
    check(missing.code === 1 && /city\.yaml/.test(missing.out + missing.err), 'a missing city.yaml is named', missing.out + missing.err);
    equal((await jiaoti(['check', '/nowhere'])).code, 1, 'so is a missing folder');
}

// ---- Bytes that no browser sends ----

const head = (line, ...headers) => [line, 'Host: x', ...headers, '', ''].join('\r\n');
const statusOf = (text) => Number(text.slice(9, 12));

async function bytes(input) {
    const post = (target, body, ...headers) => head(`POST ${target} HTTP/1.1`, 'Content-Type: application/x-www-form-urlencoded',
        `Content-Length: ${body.length}`, ...headers) + body;
    const cases = [
        ['a URL of 5 KB', head(`GET /find?q=${'a'.repeat(5000)} HTTP/1.1`), [414]],
        ['a header of 20 KB', head('GET / HTTP/1.1', `X-Long: ${'a'.repeat(20000)}`), [431]],
        ['two hundred headers', head('GET / HTTP/1.1', ...Array.from({ length: 200 }, (_, n) => `X-${n}: 1`)), [431]],
        ['no HTTP at all', 'hello\r\n\r\n', [400]],
        ['another version', head('GET / HTTP/3.0'), [505]],
        ['a header without a name', head('GET / HTTP/1.1', ': x'), [400]],
        ['a NUL in a header', head('GET / HTTP/1.1', 'X: a\0b'), [400]],
        ['a bare line feed', 'GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n', [400]],
        ['a folded header', head('GET / HTTP/1.1', 'X: a', ' b'), [400]],
        ['two lengths', head('POST /sign-in HTTP/1.1', 'Content-Length: 3', 'Content-Length: 5') + 'abc', [400]],
        ['a length and chunks', head('POST /sign-in HTTP/1.1', 'Content-Length: 3', 'Transfer-Encoding: chunked') + '0\r\n\r\n', [400, 411, 501]],
        ['a negative length', head('POST /sign-in HTTP/1.1', 'Content-Length: -1'), [400]],
        ['a length past every number', head('POST /sign-in HTTP/1.1', 'Content-Length: 99999999999999999999'), [400, 413]],
        ['chunks', head('POST /sign-in HTTP/1.1', 'Transfer-Encoding: chunked') + '3\r\na=b\r\n0\r\n\r\n', [400, 411, 501]],
        ['a full URL of another host', head('GET http://example.com/ HTTP/1.1'), [400]],
        ['a NUL in the path', head('GET /school/a%00b HTTP/1.1'), [400]],
        ['bad UTF-8 in the path', head('GET /school/%ff%fe HTTP/1.1'), [400]],
        ['half an escape', head('GET /find?q=%4 HTTP/1.1'), [400]],
        ['a NUL in the query', head('GET /find?q=a%00b HTTP/1.1'), [400]],
        ['bad UTF-8 in the query', head('GET /find?q=%c3%28 HTTP/1.1'), [400]],
        ['a surrogate in the query', head('GET /find?q=%ed%a0%80 HTTP/1.1'), [400]],
        ['a line end in the query', head('GET /find?q=a%0d%0ab HTTP/1.1'), [400]],
        ['a NUL in a form', post('/sign-in', 'login=a%00b&password=x'), [400, 403]],
        ['bad UTF-8 in a form', post('/sign-in', 'login=%ff%fe&password=x'), [400, 403]],
        ['raw bytes in a form', post('/sign-in', 'login=\xff\xfe\x00&password=x'), [400, 403]],
        ['2,001 fields', post('/sign-in', Array.from({ length: 2001 }, (_, n) => `f${n}=1`).join('&')), [400]],
        ['a form of 300 KB', head('POST /sign-in HTTP/1.1', 'Content-Length: 307200'), [413]],
        ['a body on a GET', head('GET /find HTTP/1.1', 'Content-Length: 5') + 'hello', [400, 413]],
        ['parts without an end', head('POST /sign-in HTTP/1.1', 'Content-Type: multipart/form-data; boundary=b',
            'Content-Length: 60') + '--b\r\nContent-Disposition: form-data; name="login"\r\n\r\nx'.padEnd(60, 'y'), [400]],
        ['parts without a boundary', head('POST /sign-in HTTP/1.1', 'Content-Type: multipart/form-data', 'Content-Length: 3') + 'abc', [400]],
        ['a path upwards', head('GET /assets/../../../etc/passwd HTTP/1.1'), [400, 404]],
        ['a path upwards, escaped', head('GET /assets/..%2f..%2fetc%2fpasswd HTTP/1.1'), [400, 404]],
    ];
    for (const [name, text, statuses] of cases) {
        const answer = await raw(input.port, Buffer.from(text, 'latin1'));
        check(statuses.includes(statusOf(answer)), name, `${answer.slice(0, 60)} instead of ${statuses.join(' or ')}`);
    }
    // With a session the form is parsed before its key is looked at: broken text is refused there too.
    const account = input.city.value('select id from account where roles = 1 and demo = 1 order by id limit 1');
    await input.both('a NUL in a form with its key', account, 400, /无法理解/, /cannot be understood/i, async (browser) =>
        browser.post('/family/add', `form_key=${input.keys.make(browser, '/family/add')}&citizen=a%00b`));
    await input.both('an over-long URL', null, 414, /网址太长/, /too long/i, (browser) => browser.get(`/find?q=${'a'.repeat(5000)}`));
}

// ---- Strings that want to be code ----

async function injections(input) {
    const evil = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' OR '1'='1' --", "'; drop table application; --",
        '{{ 7*7 }}{% page %}', '%s%n%d', '\\u003cscript>', '" autofocus onfocus=alert(1) x="'];
    const clean = (answer, text, name) => {
        check(answer.status < 500, `${name}: is answered`, answer.status);
        check(!/<script>alert|<img src=x|" autofocus/.test(answer.text), `${name}: stays text`);
        // A reference number may hold the three letters by chance: only the word counts.
        check(!/\bSQL\b|syntax error|sqlite|postgres/i.test(plain(answer.text)), `${name}: no word of the database`);
    };
    const officer = input.city.value("select id from account where roles = 16 and scope = '371502'");
    const desk = input.city.value("select id from account where roles = 8 and scope = '371502'");
    const applications = input.city.value('select count(*) from application');
    for (const text of evil) {
        const quoted = encodeURIComponent(text);
        const guest = input.browser('en');
        for (const target of ['/find?q=', '/check?receipt=', '/school/', '/rules/', '/sign-in?next=', '/nothing/', '/?lang=', '/catchment/']) {
            clean(await guest.get(target + quoted), text, `GET ${target}${text}`);
        }
        const signIn = await guest.fill('/sign-in', { login: text, password: text });
        equal(signIn.status, 422, `sign in as ${text}`);
        clean(signIn, text, `sign in as ${text}`);
        equal(formOf(signIn.text, '/sign-in').login, text, 'what was typed is kept in the field');
        const browser = await input.browser('en').signIn(officer);
        const page = '/county/policy/371502/junior';
        clean(await browser.fill(page, { text, note: text }), text, `the policy ${text}`);
        const staff = await input.browser('en').signIn(desk);
        for (const name of ['q', 'school', 'reason', 'review', 'category', 'after', 'sort', 'page']) {
            clean(await staff.get(`/work?${name}=${quoted}`), text, `GET /work?${name}=${text}`);
        }
    }
    equal(input.city.value('select count(*) from application'), applications, 'every application is still there');
}

async function redirects(input) {
    for (const next of ['//evil.example', 'https://evil.example', '/\\evil.example', '%0d%0aSet-Cookie:%20x=1', '/a%0d%0aX-Evil:%201', 'javascript:alert(1)']) {
        const account = input.city.value('select id from account where roles = 32');
        const browser = input.browser('en');
        const page = await browser.get(`/sign-in?next=${next}`);
        check(page.status === 200 || page.status === 400, `GET /sign-in?next=${next}`, page.status);
        check(!page.headers['x-evil'] && !browser.cookies.has('x'), `${next}: no header of theirs`);
        const signedIn = await browser.signIn(account).then(() => browser.get('/home'));
        check(/^\/(?![/\\])/.test(location(signedIn)), `${next}: stays here`, location(signedIn));
        const asked = await raw(input.port, head(`GET /family?x=${next} HTTP/1.1`));
        check(!/^X-Evil|^Set-Cookie: x=/mi.test(asked), `GET /family?x=${next}: no header of theirs`, asked.slice(0, 300));
    }
}

export async function badInput(city) {
    const authority = await city.authority();
    const server = await city.serve(['--authorities', authority.url]);
    const input = new Input(city, server);
    const family = city.value('select id from account where roles = 1 and demo = 1 order by id limit 1');
    await citizenNumbers(input, family);
    await tooYoung(input);
    await secondApplication(input);
    await uploads(input);
    await formKeys(input);
    await outside(input);
    await brokenPolicy(input);
    await brokenFolder();
    await bytes(input);
    await injections(input);
    await redirects(input);
    await pause(100);
    check(!/ error /.test(server.log), 'the log tells no error', server.log.split('\n').filter((line) => / error /.test(line)).slice(0, 3).join('\n'));
    equal(await server.stop(), 0, 'the server ends by itself');
    await authority.stop();
    for (const what of ['journal', 'ledger']) {
        equal((await city.jiaoti([what, 'verify'])).code, 0, `${what}: whole`);
    }
    say('bad input');
}
