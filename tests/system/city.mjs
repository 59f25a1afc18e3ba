// What the system tests share: a small demo city made once a run and copied for each use (SQLite: the folder; PostgreSQL:
// the database too), the programs `jiaoti serve` and `jiaoti authority` on free ports, a browser without a screen
// (cookies, forms with their keys), and the report.
//
// Whatever happens, the programs that were started are ended, the folders are removed and the databases are dropped.
import { spawn, spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export const random = (from, to) => from + Math.floor(Math.random() * (to - from + 1));
export const pick = (list) => list[random(0, list.length - 1)];

// ---- The report ----

export const report = { passed: 0, failed: 0, names: [] };

export function check(good, name, detail = '') {
    if (good) {
        report.passed++;
        return true;
    }
    report.failed++;
    report.names.push(name);
    console.log(`FAILED ${name}${detail === '' ? '' : `: ${detail}`}`);
    return false;
}

export const equal = (got, expected, name) =>
    check(String(got) === String(expected), name, `${JSON.stringify(got)} instead of ${JSON.stringify(expected)}`);

const began = Date.now();
export const say = (text) => console.log(`[${((Date.now() - began) / 1000).toFixed(1)} s] ${text}`);

// ---- What is cleaned up ----

const children = new Set();
const folders = [];
const databases = [];
let server = null; // URL of the PostgreSQL server

function sql(url, text) {
    return spawnSync('psql', [url, '-v', 'ON_ERROR_STOP=1', '-qAtc', text], { encoding: 'utf8', maxBuffer: 1 << 28 });
}

function clean() {
    for (const child of children) {
        child.kill('SIGKILL');
    }
    for (const name of databases) {
        sql(server, `drop database if exists "${name}" with (force)`);
    }
    for (const folder of folders) {
        fs.rmSync(folder, { recursive: true, force: true });
    }
}
process.on('exit', clean);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => process.exit(1));
}

export function temporaryFolder() {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'jiaoti-system-'));
    folders.push(folder);
    return folder;
}

// ---- The command line: BUILD [PGURL] ----

export let program = '';
export const onPostgres = () => server !== null;

/** Runs main, prints the line `N passed, N failed`, ends with its code. */
export async function run(build, url, main) {
    program = path.resolve(build, fs.existsSync(path.join(build, 'jiaoti')) ? 'jiaoti' : 'src/jiaoti');
    server = url || null;
    try {
        await main();
    } catch (error) {
        check(false, 'the test itself', error.stack);
    }
    console.log(`${report.passed} passed, ${report.failed} failed`);
    process.exit(report.failed === 0 && report.passed > 0 ? 0 : 1);
}

/** Runs a program to its end: { code, out, err, ms }. signalAfter: [RegExp, 'SIGINT'] once its output has that. */
export function runProgram(file, words, { signalAfter, seconds = 240 } = {}) {
    return new Promise((resolve, reject) => {
        const start = Date.now();
        const child = spawn(file, words, { stdio: ['ignore', 'pipe', 'pipe'] });
        const result = { code: null, out: '', err: '', ms: 0 };
        const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
        children.add(child);
        child.stdout.setEncoding('utf8').on('data', (text) => {
            result.out += text;
            if (signalAfter && signalAfter[0].test(result.out)) {
                child.kill(signalAfter[1]);
                signalAfter = null;
            }
        });
        child.stderr.setEncoding('utf8').on('data', (text) => { result.err += text; });
        child.on('error', reject);
        child.on('close', (code, signal) => {
            clearTimeout(timer);
            children.delete(child);
            resolve({ ...result, code: code ?? signal, ms: Date.now() - start });
        });
    });
}

export const jiaoti = (words, settings) => runProgram(program, words, settings);

// ---- A city ----

let counter = 0;

function databaseOf(name) {
    return server.replace(/^(postgres(?:ql)?:\/\/[^/]*\/)[^?]*/, `$1${name}`);
}

function newDatabase(template) {
    const name = `jiaoti_system_${process.pid}_${++counter}`;
    const from = template ? `template "${template}"` : "encoding 'UTF8' lc_collate 'C' template template0";
    const made = sql(server, `create database "${name}" ${from}`);
    if (made.status !== 0) {
        throw new Error(`no database: ${made.stderr}`);
    }
    databases.push(name);
    return name;
}

export class City {
    constructor(data, database) {
        this.data = data;
        this.database = database; // name; null: SQLite
        this.url = database ? databaseOf(database) : `sqlite:${path.join(data, 'jiaoti.db')}`;
        this.options = ['--data', data, ...(database ? ['--db', this.url] : [])];
    }

    static empty() {
        return new City(path.join(temporaryFolder(), 'city'), server ? newDatabase() : null);
    }

    /** The demo city of this scale, built by `jiaoti demo`. */
    static async demo(scale) {
        const city = City.empty();
        const built = await city.jiaoti(['demo', '--scale', String(scale)]);
        if (built.code !== 0) {
            throw new Error(`jiaoti demo: ${built.code} ${built.out}${built.err}`);
        }
        city.told = built.out;
        return city;
    }

    /** Another city with the same content. Nothing may run on this one. */
    copy() {
        const data = path.join(temporaryFolder(), 'city');
        fs.cpSync(this.data, data, { recursive: true, preserveTimestamps: true });
        return new City(data, this.database ? newDatabase(this.database) : null);
    }

    /** A command of one or two words with this city's --data and --db. */
    jiaoti(words, settings) {
        return jiaoti([...words, ...this.options], settings);
    }

    /** Rows as objects. */
    rows(text) {
        if (this.database) {
            const got = sql(databaseOf(this.database), `select coalesce(json_agg(t), '[]') from (${text}) t`);
            if (got.status !== 0) {
                throw new Error(`${got.stderr}\n${text}`);
            }
            return JSON.parse(got.stdout);
        }
        const got = spawnSync('sqlite3', ['-json', '-cmd', '.timeout 10000', path.join(this.data, 'jiaoti.db'), text],
            { encoding: 'utf8', maxBuffer: 1 << 28 });
        if (got.status !== 0) {
            throw new Error(`${got.stderr}\n${text}`);
        }
        return got.stdout.trim() ? JSON.parse(got.stdout) : [];
    }

    row(text) {
        return this.rows(text)[0];
    }

    /** The first column of the first row. */
    value(text) {
        const row = this.row(text);
        return row === undefined ? undefined : Object.values(row)[0];
    }

    /** Writes behind the program's back. */
    tamper(text) {
        const done = this.database
            ? sql(databaseOf(this.database), text)
            : spawnSync('sqlite3', ['-cmd', '.timeout 10000', path.join(this.data, 'jiaoti.db'), text],
                { encoding: 'utf8' });
        if (done.status !== 0) {
            throw new Error(`${done.stderr}\n${text}`);
        }
    }

    /** All bytes of the database as they lie on disk (PostgreSQL: as they are dumped). */
    bytes() {
        if (this.database) {
            return spawnSync('pg_dump', [databaseOf(this.database)], { maxBuffer: 1 << 30 }).stdout;
        }
        return Buffer.concat(fs.readdirSync(this.data).filter((name) => name.startsWith('jiaoti.db'))
            .map((name) => fs.readFileSync(path.join(this.data, name))));
    }

    /** The demo's time now, ms. */
    now() {
        return Date.now() + Number(this.value("select value from setting where name = 'clock_shift'") ?? 0);
    }

    /** People of this city as the departments know them: { citizen, kind, answer }. */
    records(kind, most) {
        const got = spawnSync('sqlite3', ['-json', '-cmd', '.timeout 10000', path.join(this.data, 'authority.db'),
            `select citizen, cast(answer as text) as answer from record where kind = '${kind}' limit ${most}`],
        { encoding: 'utf8', maxBuffer: 1 << 28 });
        return JSON.parse(got.stdout || '[]').map((row) => ({ citizen: row.citizen, answer: JSON.parse(row.answer) }));
    }

    serve(options = []) {
        return Running.start(['serve', '--port', '0', ...options, ...this.options], /serves .* at http:\/\/[^:]+:(\d+)\//);
    }

    authority(options = []) {
        return Running.start(['authority', '--port', '0', '--data', this.data, ...options], /listens on [^:]+:(\d+)/);
    }
}

// ---- Programs that run ----

export class Running {
    static start(words, told) {
        return new Promise((resolve, reject) => {
            const running = new Running();
            running.child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
            running.told = '';
            running.log = '';
            children.add(running.child);
            running.ended = new Promise((end) => running.child.on('close', (code, signal) => {
                children.delete(running.child);
                end(code ?? signal);
                reject(new Error(`jiaoti ${words[0]} ended (${code ?? signal}): ${running.log}`));
            }));
            running.child.stdout.setEncoding('utf8').on('data', (text) => {
                running.told += text;
                const found = running.port ? null : told.exec(running.told);
                if (found) {
                    running.port = Number(found[1]);
                    resolve(running);
                }
            });
            running.child.stderr.setEncoding('utf8').on('data', (text) => { running.log += text; });
            running.child.on('error', reject);
        });
    }

    get url() {
        return `http://127.0.0.1:${this.port}`;
    }

    /** Its exit code or signal. */
    stop(signal = 'SIGTERM') {
        this.child.kill(signal);
        return this.ended;
    }

    /** Resident memory in KB. */
    memory() {
        return Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${this.child.pid}/status`, 'utf8'))[1]);
    }
}

// ---- HTTP ----

/** One request: { status, headers, body (Buffer), text }. */
export function request(port, method, target, { headers = {}, body, agent, timeout = 20000 } = {}) {
    return new Promise((resolve, reject) => {
        const asked = http.request({ host: '127.0.0.1', port, method, path: target, headers, agent, timeout });
        asked.on('timeout', () => asked.destroy(new Error('timeout')));
        asked.on('error', reject);
        asked.on('response', (answer) => {
            const parts = [];
            answer.on('data', (part) => parts.push(part));
            answer.on('error', reject);
            answer.on('aborted', () => reject(new Error('aborted')));
            answer.on('end', () => {
                const bytes = Buffer.concat(parts);
                resolve({ status: answer.statusCode, headers: answer.headers, body: bytes, text: bytes.toString() });
            });
        });
        asked.end(body);
    });
}

export const encode = (fields) => new URLSearchParams(fields).toString();

const entities = { amp: '&', lt: '<', gt: '>', quot: '"' };
export const unescape = (text) => text.replace(/&(?:#(\d+)|(\w+));/g,
    (all, number, name) => (number ? String.fromCodePoint(Number(number)) : entities[name] ?? all));

/** The fields that a browser would send of the form with this action, by name; undefined when there is none. */
export function formOf(html, action) {
    for (const [, attributes, inside] of html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)) {
        const where = /action="([^"]*)"/.exec(attributes);
        if (!where || unescape(where[1]) !== action) {
            continue;
        }
        const fields = {};
        for (const [, input] of inside.matchAll(/<input\b([^>]*)>/g)) {
            const value = (name) => unescape((new RegExp(`\\b${name}="([^"]*)"`).exec(input) ?? ['', ''])[1]);
            const type = value('type');
            if (value('name') && ((type !== 'checkbox' && type !== 'radio') || /\bchecked\b/.test(input))) {
                fields[value('name')] = value('value');
            }
        }
        for (const [, name, options] of inside.matchAll(/<select\b[^>]*\bname="([^"]*)"[^>]*>([\s\S]*?)<\/select>/g)) {
            fields[name] = unescape((/value="([^"]*)" selected/.exec(options) ?? ['', ''])[1]);
        }
        for (const [, name, value] of inside.matchAll(/<textarea\b[^>]*\bname="([^"]*)"[^>]*>\n?([\s\S]*?)<\/textarea>/g)) {
            fields[name] = unescape(value);
        }
        return fields;
    }
    return undefined;
}

/** The page's text without tags. */
export const plain = (html) => unescape(html.replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ');

export class Browser {
    constructor(port, { language = 'en', agent } = {}) {
        this.port = port;
        this.agent = agent;
        this.cookies = new Map([['lang', language]]);
    }

    async ask(method, target, { headers = {}, body, timeout } = {}) {
        const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
        const answer = await request(this.port, method, target,
            { headers: { cookie, ...headers }, body, agent: this.agent, timeout });
        for (const line of answer.headers['set-cookie'] ?? []) {
            const [, name, value, rest] = /^([^=]+)=([^;]*)(.*)$/.exec(line);
            if (/max-age=(0|-)/i.test(rest) || value === '') {
                this.cookies.delete(name);
            } else {
                this.cookies.set(name, value);
            }
        }
        return answer;
    }

    get(target, settings) {
        return this.ask('GET', target, settings);
    }

    /** Sends fields as they are. */
    post(target, fields, settings = {}) {
        return this.ask('POST', target, {
            ...settings,
            body: typeof fields === 'string' ? fields : encode(fields),
            headers: { 'content-type': 'application/x-www-form-urlencoded', ...settings.headers },
        });
    }

    /** Opens the page, fills its form and sends it. */
    async fill(page, fields = {}, action = page) {
        const shown = await this.get(page);
        const form = formOf(shown.text, action);
        if (!form) {
            throw new Error(`GET ${page}: ${shown.status}, no form for ${action}: ${plain(shown.text).slice(0, 400)}`);
        }
        return this.post(action, { ...form, ...fields });
    }

    /** The same with a file: multipart. */
    async upload(page, fields, file, action = page) {
        const shown = await this.get(page);
        const form = formOf(shown.text, action);
        if (!form) {
            throw new Error(`GET ${page}: ${shown.status}, no form for ${action}`);
        }
        delete form[file.field];
        const boundary = '----jiaoti' + crypto.randomBytes(12).toString('hex');
        const parts = Object.entries({ ...form, ...fields }).map(([name, value]) =>
            `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
        const head = `--${boundary}\r\nContent-Disposition: form-data; name="${file.field}"; filename="${file.name}"\r\n` +
            `Content-Type: ${file.type}\r\n\r\n`;
        return this.ask('POST', action, {
            headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
            body: Buffer.concat([Buffer.from(parts.join('') + head), file.bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]),
        });
    }

    /** One click on a demo account. */
    async signIn(account) {
        const shown = await this.get('/sign-in');
        const { form_key } = formOf(shown.text, '/demo/sign-in');
        const answer = await this.post('/demo/sign-in', { form_key, account });
        if (answer.status !== 303 || !this.cookies.has('jiaoti')) {
            throw new Error(`demo account ${account}: ${answer.status} ${plain(answer.text).slice(0, 300)}`);
        }
        return this;
    }
}

export const location = (answer) => answer.headers.location ?? '';

// ---- Keys of forms, made as the server makes them (src/web/keys.c), for tests that need one for any path ----

export class Keys {
    constructor(city) {
        const token = /^token ([0-9a-f]{64})$/m.exec(fs.readFileSync(path.join(city.data, 'keys/vault.key'), 'utf8'))[1];
        this.secret = crypto.createHmac('sm3', Buffer.from(token, 'hex')).update('web.secret\0form keys').digest();
        this.shift = city.now() - Date.now();
    }

    /** A key for this browser's session and path; hours: how old it is. */
    make(browser, where, hours = 0) {
        const bound = crypto.createHash('sha256').update(Buffer.from(browser.cookies.get('jiaoti'), 'hex')).digest();
        const head = Buffer.alloc(24);
        head.writeBigUInt64BE(BigInt(Date.now() + this.shift - hours * 3600000));
        crypto.randomFillSync(head, 8);
        const mac = crypto.createHmac('sha256', this.secret)
            .update(Buffer.concat([Buffer.from('f'), bound, head, Buffer.from(where)])).digest();
        return Buffer.concat([head, mac.subarray(0, 16)]).toString('hex');
    }
}

/** Bytes as they are over a socket of one's own; the answer's text once the server has ended it or the time is over. */
export function raw(port, bytes, ms = 5000) {
    return new Promise((resolve) => {
        const socket = net.connect(port, '127.0.0.1');
        let text = '';
        const end = () => {
            socket.destroy();
            resolve(text);
        };
        const timer = setTimeout(end, ms);
        socket.on('data', (part) => {
            text += part.toString('latin1');
            const head = text.indexOf('\r\n\r\n');
            const length = head < 0 ? null : /content-length: (\d+)/i.exec(text.slice(0, head));
            if (length && text.length >= head + 4 + Number(length[1])) {
                clearTimeout(timer);
                end();
            }
        });
        socket.on('error', () => {});
        socket.on('close', () => {
            clearTimeout(timer);
            end();
        });
        socket.write(bytes);
    });
}
