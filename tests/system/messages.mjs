// Messages against servers that others wrote: mail to a real SMTP server that refuses, delays and hangs up, short
// messages to an HTTP server that checks the signature; the program is killed while it sends; a public letter, from its
// writing to the mail that says that it was answered; the calendar feed.
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import ICAL from 'ical.js';
import { SMTPServer } from 'smtp-server';
import { simpleParser } from 'mailparser';
import { Browser, City, check, equal, jiaoti, pause, plain, random, run, say } from './city.mjs';

/** Waits until the condition holds; what it gave, or undefined when the time is over. */
async function until(seconds, condition) {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await pause(200)) {
        const got = await condition();
        if (got) {
            return got;
        }
    }
    return undefined;
}

// ---- The servers ----

/** A mail server with moods by address: later@ is put off twice, never@ does not exist, cut@ hears the connection end once
    after all was said, slow@ waits. */
function mailServer() {
    const taken = []; // parsed mails, each time that one was accepted
    const seen = new Map(); // address → times
    const server = new SMTPServer({
        authOptional: false,
        allowInsecureAuth: true,
        disabledCommands: ['STARTTLS'],
        onAuth({ username, password }, session, done) {
            done(username === 'jiaoti' && password === 'secret: of "mail"' ? null : new Error('no'), { user: username });
        },
        onRcptTo({ address }, session, done) {
            const times = (seen.get(address) ?? 0) + 1;
            seen.set(address, times);
            if (address.startsWith('never@')) {
                done(Object.assign(new Error('no such mailbox'), { responseCode: 550 }));
            } else if (address.startsWith('later@') && times <= 2) {
                done(Object.assign(new Error('greylisted'), { responseCode: 451 }));
            } else {
                done();
            }
        },
        onData(stream, session, done) {
            const parts = [];
            stream.on('data', (part) => parts.push(part));
            stream.on('end', async () => {
                const bytes = Buffer.concat(parts);
                const mail = await simpleParser(bytes);
                mail.raw = bytes.toString('latin1');
                mail.rcpt = session.envelope.rcptTo.map((to) => to.address);
                taken.push(mail);
                const [address] = mail.rcpt;
                if (address.startsWith('cut@') && seen.get(address) === 1) {
                    for (const connection of server.connections) {
                        connection._socket.destroy();
                    }
                    return;
                }
                setTimeout(done, address.startsWith('slow@') ? 1500 : 2);
            });
        },
    });
    // A connection that jiaoti's death cuts is what this test is about; anything else is a mistake in it.
    server.on('error', (error) => {
        if (!['ECONNRESET', 'EPIPE'].includes(error.code)) {
            throw error;
        }
    });
    return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve({ server, taken,
        port: server.server.address().port })));
}

/** A gateway for short messages: refuses what is not signed by the key; is broken the first time. */
function gateway(key) {
    const taken = [];
    let broken = 1;
    const server = http.createServer((asked, answer) => {
        const parts = [];
        asked.on('data', (part) => parts.push(part));
        asked.on('end', () => {
            const body = Buffer.concat(parts);
            const h = asked.headers;
            const text = ['JT-ASK-1', 'POST', asked.url, h['jiaoti-time'], h['jiaoti-number'],
                crypto.createHash('sm3').update(body).digest('hex')].join('\n');
            const right = crypto.createHmac('sm3', Buffer.from(key, 'hex')).update(text).digest('hex');
            if (right !== h['jiaoti-signature'] || Math.abs(Date.now() - Number(h['jiaoti-time'])) > 60000) {
                answer.writeHead(403).end();
            } else if (broken-- > 0) {
                answer.writeHead(503).end();
            } else {
                taken.push({ mark: h['idempotency-key'], ...JSON.parse(body) });
                answer.writeHead(202).end();
            }
        });
    });
    return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve({ server, taken, port: server.address().port })));
}

// ---- The tests ----

async function wayOf(port, account, channel, address) {
    const browser = await new Browser(port).signIn(account);
    const sent = await browser.fill(`/messages/${channel}`, { address, when: 'now', lang: 'en' });
    equal(sent.status, 303, `${address}: asked for its code`);
    return browser;
}

const codeIn = (text) => /\b(\d{6})\b/.exec(text)?.[1];

async function refusedSettings(city) {
    say('settings with mistakes');
    const file = path.join(city.data, 'keys', 'messages.yaml');
    const bad = [['base: ftp://x\n', 0o600, /messages\.yaml:1/], ['base: http://x\nsmtp: {url: "http://x"}\n', 0o600, /messages\.yaml:2/],
        ['base: http://x\n', 0o644, /chmod 600/], ['base: http://x\nsmpt: {}\n', 0o600, /smtp/]];
    for (const [text, mode, says] of bad) {
        fs.writeFileSync(file, text);
        fs.chmodSync(file, mode);
        const got = await jiaoti(['serve', '--port', '0', ...city.options], { seconds: 20 });
        check(got.code === 1 && says.test(got.err), `told: ${JSON.stringify(text)} ${mode.toString(8)}`, `${got.code} ${got.err}`);
    }
    fs.rmSync(file);
}

function writeSettings(city, mail, sms, key) {
    const file = path.join(city.data, 'keys', 'messages.yaml');
    fs.writeFileSync(file, [
        'base: https://city.example.org',
        'from: jiaoti@city.example.org',
        `smtp: {url: "smtp://127.0.0.1:${mail.port}", user: jiaoti, password: 'secret: of "mail"', plain: true}`,
        `sms: {url: "http://127.0.0.1:${sms.port}/send?v=1", key: sms-test}`, ''].join('\n'), { mode: 0o600 });
    fs.chmodSync(file, 0o600);
    fs.appendFileSync(path.join(city.data, 'keys', 'authorities.yaml'), `  sms-test: ${key}\n`);
}

async function oneMail(city, port, mail, officer) {
    say('one mail, whole');
    const address = 'someone@mail.example.org';
    const browser = await wayOf(port, officer, 'mail', address);
    const got = await until(20, () => mail.taken.find((m) => m.rcpt.includes(address)));
    check(got !== undefined, 'it arrives');
    equal(got.from.text, 'jiaoti@city.example.org', 'from');
    equal(got.to.text, address, 'to');
    check(/^Your code: \d{6}$/.test(got.subject), 'its subject is read', got.subject);
    check(/^Auto-Submitted: auto-generated\r$/m.test(got.raw) && /^Message-ID: <[0-9a-f]{32}@city\.example\.org>\r$/mi.test(got.raw)
        && /^Date: \w{3}, \d+ \w{3} \d{4} [\d:]{8} \+0000\r$/m.test(got.raw), 'its headers', got.raw.slice(0, 600));
    check(got.raw.split('\r\n').every((line) => line.length <= 998) && !/[^\x00-\x7f]/.test(got.raw), 'seven bits, lines not too long');
    check(Math.abs(got.date - Date.now()) < 60000, 'its date is the real one');
    const wrong = await browser.fill('/messages/mail/code', { code: '12345' });
    equal(wrong.status, 422, 'a wrong code');
    equal((await browser.fill('/messages/mail/code', { code: codeIn(got.subject) })).status, 303, 'the right code');
    const page = await browser.get('/messages');
    check(/s\*\*\*@mail\.example\.org/.test(page.text) && !page.text.includes(address), 'the page shows it masked');
    check(!city.bytes().includes(Buffer.from(address)), 'the database does not hold the address');
    return browser;
}

async function moods(city, port, mail, accounts) {
    say('put off, refused, cut off, slow');
    for (const [i, name] of ['never', 'later', 'cut', 'slow'].entries()) {
        await wayOf(port, accounts[i], 'mail', `${name}@mail.example.org`);
    }
    const of = (name) => mail.taken.filter((m) => m.rcpt[0].startsWith(`${name}@`));
    check(await until(30, () => of('slow').length === 1), 'slow: arrives');
    check(await until(60, () => of('later').length === 1), 'put off twice: arrives');
    check(await until(90, () => of('cut').length === 2), 'cut off after all was said: comes again');
    equal(new Set(of('cut').map((m) => m.messageId)).size, 1, 'with the same mark');
    const failed = () => city.row(`select tries, answer from outbox_message where state = 'failed'`);
    check(await until(10, failed), 'no such mailbox: given up');
    equal(failed()?.tries, 1, 'at once');
    check(/550/.test(failed()?.answer), 'with what the server said', failed()?.answer);
    equal(of('never').length, 0, 'nothing was taken');
}

async function shortMessage(port, sms, account) {
    say('a short message');
    const browser = await wayOf(port, account, 'sms', '13800000009');
    const got = await until(60, () => sms.taken[0]);
    check(got && got.to === '13800000009', 'it arrives, signed, after the gateway was broken once', JSON.stringify(got));
    equal((await browser.fill('/messages/sms/code', { code: codeIn(got?.text ?? '') })).status, 303, 'and its code is right');
    equal(new Set(sms.taken.map((m) => m.mark)).size, sms.taken.length, 'each mark once');
}

async function killed(city, mail, accounts) {
    say('killed while it sends');
    let server = await city.serve();
    const before = mail.taken.length;
    const address = (i) => `k${i}@mail.example.org`;
    for (const [i, account] of accounts.entries()) {
        await wayOf(server.port, account, 'mail', address(i));
        if (i % 8 === 7) { // in the middle of it
            await pause(random(0, 60));
            await server.stop('SIGKILL').catch(() => {});
            server = await city.serve();
        }
    }
    const waiting = () => Number(city.value(`select count(*) from outbox_message where state = 'waiting'`));
    check(await until(100, () => waiting() === 0), 'nothing is left waiting', String(waiting()));
    const came = mail.taken.slice(before);
    const lost = accounts.filter((_, i) => !came.some((m) => m.rcpt[0] === address(i)));
    equal(lost.length, 0, 'none is lost');
    equal(new Set(came.map((m) => m.messageId)).size, accounts.length, 'by its mark each came once');
    check(came.length - accounts.length <= Math.ceil(accounts.length / 8), 'a kill sends at most one of them again',
        `${came.length} for ${accounts.length}`);
    return server;
}

async function aLetter(city, server, mail, officer) {
    say('a letter, and news of it');
    const port = server.port;
    const school = city.row(`select i.code, c.staff from institution i join charge_fact c on c.institution = i.id join account a
        on a.staff = c.staff where a.staff <> '' and c.replaced_at = 253402300800000 and c.valid_until = 2932897
        order by i.id limit 1`);
    const account = city.value(`select id from account where staff = '${school.staff}'`);
    const inspector = await wayOf(port, account, 'mail', 'inspector@mail.example.org');
    const code = await until(20, () => mail.taken.find((m) => m.rcpt[0] === 'inspector@mail.example.org'));
    await inspector.fill('/messages/mail/code', { code: codeIn(code.subject) });
    const guest = new Browser(port);
    const opened = await guest.fill(`/public/open/letter/${school.code}`, { f_matter: '放学时门口很堵' });
    const number = /DX-\d{4}-\d{6}/.exec(opened.text)?.[0];
    check(number !== undefined, 'the letter has a number');
    const told = await until(30, () => mail.taken.find((m) => m.rcpt[0] === 'inspector@mail.example.org' && m.subject.includes(number)));
    check(told !== undefined, 'its inspector is told');
    const id = city.value(`select id from case_file where number = '${number}'`);
    check(told?.text.includes(`https://city.example.org/case/${id}`), 'with the link', told?.text);
    const asked = await guest.fill(`/subscribe/letter/${number}`, { address: 'parent@mail.example.org' });
    equal(asked.status, 200, 'its writer asks to hear');
    equal((await guest.fill(`/subscribe/letter/${number}`, { address: 'not an address' })).status, 422, 'not with half an address');
    equal((await guest.get('/subscribe/letter/DX-2026-999999')).status, 404, 'not of a letter that is none');
    equal((await guest.get(`/subscribe/case/${number}`)).status, 404, 'a letter is no public case');
    const question = await until(20, () => mail.taken.find((m) => m.rcpt[0] === 'parent@mail.example.org'));
    const token = /subscription\?c=([0-9a-f]{40})/.exec(question?.text ?? '')?.[1];
    check(token !== undefined, 'and is asked whether it was meant', question?.text);
    check(!question?.text.includes('门口'), 'the mail does not hold the letter');
    await guest.get(`/subscription?c=${token}`);
    equal(city.value('select count(*) from outbox_subscription where confirmed_at is not null'), 0, 'looking is not saying yes');
    equal((await guest.fill(`/subscription?c=${token}`, { answer: 'yes' }, '/subscription')).status, 200, 'yes');
    equal((await inspector.fill(`/case/${id}/act/answered`, { f_answer: '已和交警协调' })).status, 303, 'it is answered');
    const news = await until(30, () => mail.taken.find((m) => m.rcpt[0] === 'parent@mail.example.org' && m.subject.includes(number)
        && m !== question));
    check(news !== undefined && !news.text.includes('交警'), 'its writer hears, without the answer itself', news?.text);
    equal((await guest.fill(`/subscription?c=${token}`, { answer: 'no' }, '/subscription')).status, 200, 'no more of it');
    equal(city.value('select count(*) from outbox_subscription where ended_at is not null'), 1, 'ended');
    const seen = await officer.get('/outbox');
    check(seen.status === 200 && seen.text.includes(number), 'an officer of the county sees what was sent');
    check(!/parent@|inspector@/.test(seen.text), 'addresses masked');
    /* One that failed: about nobody's division, so no officer has it on a page; it is made one of the county's letter. */
    city.tamper(`update outbox_message set about = 'case', about_id = ${id}, division = '371502' where state = 'failed'`);
    const failed = city.value(`select id from outbox_message where state = 'failed'`);
    equal((await officer.fill('/outbox?state=failed', {}, `/outbox/${failed}/again`)).status, 303, 'a failed one is sent again');
    check(await until(20, () => city.value(`select state from outbox_message where id = ${failed}`) === 'failed'
        && city.value(`select tries from outbox_message where id = ${failed}`) === 1), 'and fails again');
    equal(city.value(`select count(*) from journal where action = 'message.again'`), 1, 'the journal has it');
}

/** The feed of an inspector's desk, read by somebody else's parser. */
async function calendarFeed(city, server) {
    say('the calendar feed');
    const port = server.port;
    const account = city.value(`select min(a.id) from account a where a.staff <> ''`);
    const inspector = await new Browser(port, { language: 'zh' }).signIn(account);
    const made = await inspector.fill('/cases/feed');
    const token = /\/feed\/([0-9a-f]{40})\.ics/.exec(made.text)?.[1];
    check(token !== undefined, 'the address is shown once', plain(made.text).slice(0, 300));
    check(!(await inspector.get('/cases/feed')).text.includes(token), 'and not again');
    check(!city.bytes().includes(Buffer.from(token)), 'the database does not hold it');
    const guest = new Browser(port);
    const feed = await guest.get(`/feed/${token}.ics`);
    equal(feed.status, 200, 'who has the address reads it');
    equal(feed.headers['content-type'], 'text/calendar; charset=utf-8', 'its type');
    check(feed.text.split('\r\n').every((line) => Buffer.byteLength(line) <= 75), 'no line is longer than 75 octets');
    check(!/[^\r]\n/.test(feed.text), 'lines end as they must');
    const events = new ICAL.Component(ICAL.parse(feed.text)).getAllSubcomponents('vevent').map((each) => new ICAL.Event(each));
    const list = await inspector.get('/cases');
    const open = Number(/共 (\d+) 件/.exec(plain(list.text))?.[1]);
    const due = Number(city.value(`select count(*) from case_file f where f.closed_at is null and f.due is not null and f.desk = 2 and
        f.institution in (select c.institution from charge_fact c join account a on a.staff = c.staff where a.id = ${account} and
        c.replaced_at = 253402300800000 and c.valid_until = 2932897) and (f.holder is null or f.holder = ${account})`));
    check(events.length === due && due > 0 && due <= open, 'an event for each case of the desk that is due',
        `${events.length} events, ${due} cases due, ${open} on the page`);
    check(new Set(events.map((e) => e.uid)).size === events.length && events.every((e) => e.startDate.isDate && e.duration.days === 1),
        'each with a mark of its own, for a whole day');
    const one = city.row(`select id, title, due from case_file where id = ${Number(/case-(\d+)@/.exec(events[0].uid)[1])}`);
    check(events[0].summary.includes(one.title) || one.title === '', 'named as the case is', events[0].summary);
    equal(events[0].startDate.toString(), new Date(one.due * 86400000).toISOString().slice(0, 10), 'on its due day');
    await guest.get(`/feed/${token}.ics`);
    equal(city.value(`select count(*) from journal where action = 'feed.read'`), 1, 'readings are in the journal, once a day');
    for (const wrong of [`${'0'.repeat(40)}.ics`, `${token}`, `${token}.ics.ics`]) {
        equal((await guest.get(`/feed/${wrong}`)).status, 404, `no feed: ${wrong.length} letters`);
    }
    const second = /\/feed\/([0-9a-f]{40})\.ics/.exec((await inspector.fill('/cases/feed')).text)?.[1];
    equal((await guest.get(`/feed/${token}.ics`)).status, 404, 'a new address ends the old one');
    equal((await guest.get(`/feed/${second}.ics`)).status, 200, 'and works');
    await inspector.fill('/cases/feed', {}, '/cases/feed/end');
    equal((await guest.get(`/feed/${second}.ics`)).status, 404, 'ended');
}

async function main() {
    const city = await City.demo(0.02);
    const key = crypto.randomBytes(32).toString('hex');
    const mail = await mailServer();
    const sms = await gateway(key);
    await refusedSettings(city);
    writeSettings(city, mail, sms, key);
    let server = await city.serve();
    const officers = city.rows(`select id from account where demo > 0 and roles = 16 and scope = '371502' order by id limit 1`);
    const others = city.rows('select id from account where roles = 1 order by id limit 60').map((row) => row.id);
    await oneMail(city, server.port, mail, officers[0].id);
    await moods(city, server.port, mail, others.slice(0, 4));
    await shortMessage(server.port, sms, others[4]);
    say('the server is away for a while');
    await new Promise((done) => mail.server.close(done));
    await wayOf(server.port, others[5], 'mail', 'patient@mail.example.org');
    await pause(4000);
    check(city.value(`select tries from outbox_message where state = 'waiting' order by id desc limit 1`) <= 1,
        'tries that could not be made are not counted (one may have been, on the connection that died)');
    const back = await mailServer();
    equal(await server.stop(), 0, 'it ends in order');
    const file = path.join(city.data, 'keys', 'messages.yaml');
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(`:${mail.port}"`, `:${back.port}"`));
    server = await city.serve();
    check(await until(30, () => back.taken.some((m) => m.rcpt[0] === 'patient@mail.example.org')), 'it arrives when the server is back');
    equal(await server.stop(), 0, 'it ends in order');
    server = await killed(city, back, others.slice(6, 46));
    await calendarFeed(city, server);
    await aLetter(city, server, back, await new Browser(server.port).signIn(officers[0].id));
    equal(await server.stop(), 0, 'it ends in order');
    const whole = await city.jiaoti(['journal', 'verify']);
    equal(whole.code, 0, 'the journal is whole');
    back.server.close();
    sms.server.close();
}

await run(process.argv[2], process.argv[3], main);
