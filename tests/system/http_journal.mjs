// Every reading of a child's file is in the journal: each route that names a child, an application or a paper, as each of
// its roles. And who may read the journal.
import { Browser, check, equal, formOf, jiaoti, location, pause, plain, say } from './city.mjs';

/** What the journal got while something was done. */
async function entries(city, what) {
    const last = city.value('select max(seq) from journal');
    const answer = await what();
    const rows = city.rows(`select action, subject_kind, subject_id, actor, division, detail from journal where seq > ${last} order by seq`);
    return { answer, rows };
}

const TODAY = 20640; // 2026-07-06, the demo's first day
const READS = ['application.read', 'child.read', 'paper.open'];
const reads = (rows) => rows.filter((row) => READS.includes(row.action));

/** A family with a draft, a family whose application waits with a paper, and the staff who may see the second. */
function people(city) {
    const draft = city.row("select a.id as application, a.account, a.child, a.round from application a join account u on u.id = " +
        "a.account where a.state = 'draft' and u.demo > 0 order by a.id limit 1");
    const sent = city.row('select a.id as application, a.account, a.child, a.round, a.school, p.id as paper from application a ' +
        "join paper p on p.application = a.id and p.removed_at is null join round r on r.id = a.round where a.state = 'submitted' " +
        "and r.state = 'open' and r.division = '371502' order by a.id limit 1");
    const staff = Object.fromEntries([['school_clerk', 2], ['school_head', 4], ['county_reviewer', 8], ['county_officer', 16]]
        .map(([name, roles]) => [name, city.value(`select id from account where roles = ${roles} and (scope = '371502' or ` +
            "institution is not null) order by id limit 1")]));
    city.tamper(`update account set institution = ${sent.school} where id in (${staff.school_clerk}, ${staff.school_head})`);
    return { draft, sent, staff };
}

const pathOf = (route, subject) => route.path.replace(/[#:](\w+)/g, (all, name) => ({ check: 'household', ...subject })[name]);

// ---- Each route once ----

async function families(city, server, routes, { draft, sent }) {
    for (const route of routes.filter((each) => each.roles.includes('family'))) {
        for (const one of [draft, sent].filter((each) => !route.path.includes('#paper') || each.paper)) {
            const browser = await new Browser(server.port).signIn(one.account);
            const name = `GET ${route.path} as a family`;
            const first = await entries(city, () => browser.get(pathOf(route, one)));
            check(first.answer.status < 500, name, `${first.answer.status} ${plain(first.answer.text).slice(0, 200)}`);
            const again = await entries(city, () => browser.get(pathOf(route, one)));
            if (route.path === '/apply/#application') { // leads to where the draft stands and shows nothing
                equal(first.answer.status, 303, name);
                equal(reads(first.rows).length, 0, `${name}: nothing is read`);
                continue;
            }
            equal(reads(first.rows).length, 1, `${name}: one entry`);
            equal(reads(first.rows)[0]?.actor, one.account, `${name}: of who read`);
            equal(reads(again.rows).length, route.path.startsWith('/paper/') ? 1 : 0, `${name}, again in the session`);
            const other = await new Browser(server.port).signIn(one.account);
            equal(reads((await entries(city, () => other.get(pathOf(route, one)))).rows).length, 1, `${name}, in another session`);
        }
    }
}

async function staff(city, server, routes, { sent, staff: accounts }) {
    for (const [role, account] of Object.entries(accounts)) {
        for (const route of routes.filter((each) => each.roles.includes(role))) {
            const browser = await new Browser(server.port).signIn(account);
            if (route.path.startsWith('/paper/')) {
                await paper(city, browser, sent, role);
                continue;
            }
            for (const n of [1, 2]) {
                const { answer, rows } = await entries(city, () => browser.get(pathOf(route, sent)));
                equal(answer.status, 200, `GET ${route.path} as ${role}`);
                equal(reads(rows).length, 1, `GET ${route.path} as ${role}, look ${n}: an entry`);
                equal(`${reads(rows)[0]?.actor} ${reads(rows)[0]?.subject_id}`, `${account} ${sent.application}`, 'of who read what');
            }
        }
    }
}

/** Masked until a reason is given for this file: the picture of a paper cannot be, so it does not open before. */
async function paper(city, browser, sent, role) {
    const file = `/file/${sent.application}`;
    const before = await entries(city, () => browser.get(`/paper/${sent.paper}`));
    check(before.answer.status === 303 && location(before.answer) === file, `${role}: a paper leads to the reason first`,
        `${before.answer.status} ${location(before.answer)}`);
    equal(before.rows.length, 0, `${role}: and is not opened`);
    const masked = await browser.get(file);
    check(!masked.text.includes(`href="/paper/`) && /\*\*/.test(masked.text), `${role}: the file is masked and opens no paper`);
    check(/first write why/.test(masked.text), `${role}: and says why`);
    const given = await entries(city, () => browser.fill(file, { why: 'compare the household book' }, `${file}/unmask`));
    equal(location(given.answer), file, `${role}: gives a reason`);
    equal(given.rows.filter((row) => row.action === 'file.unmask').length, 1, `${role}: the reason is in the journal`);
    check((await browser.get(file)).text.includes(`href="/paper/${sent.paper}"`), `${role}: the paper opens now`);
    const opened = await entries(city, () => browser.get(`/paper/${sent.paper}`));
    equal(opened.answer.status, 200, `${role}: opens the paper`);
    equal(reads(opened.rows).map((row) => row.action).join(), 'paper.open', `${role}: and it is in the journal`);
    const other = city.row("select p.id, p.application from paper p join application a on a.id = p.application where a.school = " +
        `${sent.school} and a.state = 'submitted' and p.removed_at is null and p.application <> ${sent.application} limit 1`);
    if (other) {
        equal((await browser.get(`/paper/${other.id}`)).status, 303, `${role}: the reason counts for one file`);
    }
}

/** A decision that is refused shows the file again: another look, another entry. */
async function refusedDecision(city, server, { sent, staff: accounts }) {
    const browser = await new Browser(server.port).signIn(accounts.county_reviewer);
    const where = `/file/${sent.application}`;
    const form = formOf((await browser.get(where)).text, where);
    const { answer, rows } = await entries(city, () => browser.post(where, form));
    equal(answer.status, 422, 'a decision without a choice');
    equal(reads(rows).length, 1, 'the file that is shown again is read again');
}

// ---- Who reads the journal ----

const shown = async (browser, action) => {
    const answer = await browser.get(`/audit${action ? `?action=${action}` : ''}`);
    const body = /<tbody>([\s\S]*?)<\/tbody>/.exec(answer.text)?.[1] ?? '';
    return [...body.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map((row) => [...row[1].matchAll(/<td[^>]*>([\s\S]*?)<\/td>/g)]
        .map((cell) => plain(cell[1]).trim()));
};

async function auditors(city, server, { sent, staff: accounts }) {
    const whole = city.value('select id from account where roles = 64 order by id limit 1');
    // The demo has the city's auditor alone: an officer of another county becomes that of this one.
    const county = city.value("select id from account where roles = 16 and scope = '371521'");
    city.tamper(`update account set roles = 64, scope = '371502' where id = ${county}`);
    const elsewhere = city.value("select id from account where roles = 16 and scope = '371581'");
    for (const id of [elsewhere, accounts.county_officer, accounts.school_clerk, sent.account, county]) {
        await new Browser(server.port).signIn(id);
    }
    const [all, own] = await Promise.all([whole, county].map(async (id) => new Browser(server.port).signIn(id)));
    const signIns = async (browser) => new Set((await shown(browser, 'account.sign_in')).map((cells) => cells[4].split(' ')[1]));
    const [seen, narrow] = [await signIns(all), await signIns(own)];
    for (const id of [elsewhere, accounts.county_officer, accounts.school_clerk, sent.account]) {
        check(seen.has(String(id)), `the city's auditor sees the sign-in of ${id}`);
    }
    check(narrow.has(String(accounts.county_officer)), "a county's auditor sees its officer's sign-in");
    check(narrow.has(String(accounts.school_clerk)), 'and that of a clerk of its schools');
    check(!narrow.has(String(elsewhere)), "not another county's officer's");
    check(!narrow.has(String(sent.account)), "nor a family's, which is of no county");
    check((await shown(own)).every((cells) => cells[5] === '' || cells[5].startsWith('371502')), 'nor rows of another county');
    city.tamper(`update account set scope = '' where id = ${county}`);
    equal((await (await new Browser(server.port).signIn(county)).get('/audit')).status, 403, 'an auditor of nowhere sees nothing');
}

// ---- The register ----

/** Each page of the register that shows persons: one entry each time, of who looked at what; out of scope nothing. */
async function register(city, server, table, { staff: accounts }) {
    const READ = 'register.read';
    const now = `replaced_at > 200000000000000 and ${TODAY} between valid_from and valid_until - 1 limit 1`;
    const pupil = city.row("select f.code, f.subject, f.institution from pupil_fact f join account a on a.institution = f.institution " +
        `where a.id = ${accounts.school_clerk} and ${now}`);
    const other = city.value(`select code from pupil_fact where division like '371521%' and ${now}`);
    check(pupil && other, 'the register has pupils of both counties');
    const pages = [['/register/:kind', '/register/pupil', 0], ['/register/:kind/:code', `/register/pupil/${pupil.code}`, pupil.subject],
        ['/register/:kind/:code/edit', `/register/pupil/${pupil.code}/edit`, pupil.subject],
        ['/register/:kind/:code/end', `/register/pupil/${pupil.code}/end`, pupil.subject],
        ['/register/differences', '/register/differences?kind=pupil', 0]];
    for (const [role, account] of Object.entries(accounts)) {
        const browser = await new Browser(server.port).signIn(account);
        for (const [path, where, subject] of pages) {
            const { roles } = table.find((each) => each.method === 'GET' && each.path === path);
            const may = roles.includes(role) || roles.includes('anyone');
            const { answer, rows } = await entries(city, () => browser.get(where));
            const read = rows.filter((row) => row.action === READ);
            equal(answer.status, may ? 200 : 403, `GET ${where} as ${role}`);
            equal(read.map((row) => `${row.subject_kind} ${row.subject_id} ${row.actor}`).join(),
                may ? `pupil ${subject} ${account}` : '', `GET ${where} as ${role}: the entry`);
        }
        const outside = await entries(city, () => browser.get(`/register/pupil/${other}`));
        equal(outside.answer.status, 404, `another county's pupil as ${role}`);
        equal(outside.rows.filter((row) => row.action === READ).length, 0, `another county's pupil as ${role}: is not read`);
    }
    for (const where of ['/register/pupil', `/register/pupil/${pupil.code}`, '/register/differences?kind=staff']) {
        const { answer, rows } = await entries(city, () => new Browser(server.port).get(where));
        equal(`${answer.status} ${rows.length}`, '404 0', `${where} as nobody`);
    }
}

export async function journal(city) {
    const server = await city.serve();
    const table = JSON.parse((await jiaoti(['routes', '--json'])).out);
    const routes = table.filter((each) => each.method === 'GET' && /#(application|child|paper)\b/.test(each.path));
    check(routes.length >= 20, 'the table has routes of a child\'s file', routes.length);
    const who = people(city);
    await families(city, server, routes, who);
    await staff(city, server, routes, who);
    await refusedDecision(city, server, who);
    await register(city, server, table, who);
    await auditors(city, server, who);
    await pause(100);
    check(!/ error /.test(server.log), 'the log tells no error', server.log.slice(0, 1000));
    equal(await server.stop(), 0, 'the server ends by itself');
    equal((await city.jiaoti(['journal', 'verify'])).code, 0, 'the journal is whole');
    say(`${routes.length} routes of a child's file: each reading is in the journal`);
}
