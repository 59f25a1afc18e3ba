// Every route as every role, with subjects inside and outside of each one's scope. What must come is computed from the
// table that the program itself prints (`jiaoti routes --json`) and from who may see what.
import { Browser, check, equal, jiaoti, Keys, location, pause, plain, say } from './city.mjs';

const NOWHERE = 999999999;

/** One account of each role, and what lies inside and outside of what it may see. */
function accounts(city) {
    const officer = city.row("select id, scope from account where roles = 16 and scope = '371502'");
    const family = city.row('select a.account as id, a.id as application, a.child, a.round, p.id as paper from application a ' +
        "join paper p on p.application = a.id and p.removed_at is null join round r on r.id = a.round where a.state = " +
        "'submitted' and r.state = 'open' and r.division = '371502' order by a.id limit 1");
    const other = city.row('select a.account as id, a.id as application, a.child, a.round, p.id as paper from application a ' +
        "join paper p on p.application = a.id and p.removed_at is null join round r on r.id = a.round where a.state = " +
        `'submitted' and r.division not like '371502%' and a.account <> ${family.id} order by a.id limit 1`);
    const school = city.value(`select school from application where id = ${family.application}`);
    const round = (where) => city.value(`select id from round where division ${where} and parent is null order by id limit 1`);
    const offer = (where) => city.value('select o.id from offer o join round r on r.id = o.round where ' +
        `r.division ${where} order by o.id limit 1`);
    // A scenario of the forecast here and one elsewhere.
    city.tamper("insert into forecast_scenario (id, division, name, state, note, made_at, made_by, reason) values " +
        "(1, '371502', 'here', 'draft', '', 0, 0, ''), (2, '371521', 'elsewhere', 'draft', '', 0, 0, '')");
    // Changes of the register that wait: at the family's school, and in another county.
    const change = (division, institution) => {
        city.tamper('insert into register_change (kind, division, institution, state, note, document, reason, body, proposed_at, ' +
            `proposed_by) values ('institution', '${division}', ${institution}, 'proposed', 'note', '', '', '', 1, ${officer.id})`);
        return city.value('select max(id) from register_change');
    };
    const changes = { inside: change('371502001', school), outside: change('371521001', NOWHERE) };
    // Imports that were stopped: the officer's own and another county's.
    const imported = (division, institution) => {
        city.tamper('insert into register_import (kind, account, division, institution, state, file_name, format, day, bad_share, ' +
            'read_rows, added, changed, same, bad, absent, problem_zh, problem_en, change, started_at, ended_at) values ' +
            `('site', ${officer.id}, '${division}', ${institution}, 'stopped', 'x.csv', 'csv', 0, -1, 0, 0, 0, 0, 0, 0, '', '', 0, 0, 0)`);
        return city.value('select max(id) from register_import');
    };
    const county = {
        inside: { scenario: 1, import: imported('371502', school), application: family.application, paper: family.paper, round: round("= '371502'"),
            offer: offer("= '371502'"), county: '371502', change: changes.inside },
        outside: { scenario: 2, import: imported('371521', 0), application: other.application, paper: other.paper, round: round("= '371521'"),
            offer: offer("= '371521'"), county: '371521', change: changes.outside },
    };
    const byRole = (roles) => city.value(`select id from account where roles = ${roles} and (scope = '371502' or ` +
        "scope = '3715') order by id limit 1");
    // Something was published.
    city.tamper("insert into publication (id, name_zh, name_en, said_on) values (1, '发布会', 'Briefing', 19780)");
    city.tamper("insert into publication_version (publication, version, day, recorded, published_at, published_by, reason, hash) " +
        "values (1, 1, 19722, 1, 1, 1, '', (select citizen_hash from child limit 1))");
    city.tamper("insert into briefing (id, name_zh, name_en, said_on) values (1, '发布会', 'Briefing', 19780)");
    city.tamper('insert into briefing_version (briefing, version, state, day, recorded, text_zh, text_en, reason, drafted_at, ' +
        'drafted_by, checked_at, checked_by, checked_hash, approved_at, approved_by, published_at, published_by, publication, ' +
        "publication_version) values (1, 1, 'published', 19722, 1, '# 题 {{kg_quality_count}}', '', '', 1, 1, 1, 1, null, 1, 2, 1, 1, 1, 1)");
    city.tamper('insert into briefing_figure (briefing, version, indicator, day, definition, state, numerator, denominator, ' +
        'before_numerator, before_denominator, value_e6, said_e6, decimals, other_e6, note, answered_by, finding, finding_zh, ' +
        "finding_en) select 1, 1, 'kg_quality_count', 19722, hash, 0, 5, 1, 0, 1, 5000000, 5000000, 0, null, '', 0, '', '', '' " +
        'from publication_version');
    // The demo has a desk at some schools only: these two accounts are moved to the school of the family's first wish.
    const [clerk, head] = [2, 4].map((roles) => city.value(`select id from account where roles = ${roles} order by id limit 1`));
    city.tamper(`update account set institution = ${school} where id in (${clerk}, ${head})`);
    // Schools whose returns are asked for.
    county.inside.institution = school;
    county.outside.institution = city.value("select id from institution where kind = '211' and division not like '371502%' " +
        'order by id limit 1');
    // Cases: a finding at a school, a letter by a family, an enterprise's problem; each of one's own and of others.
    const caseOf = (kind, division, institution, opener, from) => {
        city.tamper('insert into case_file (id, kind, number, division, institution, title, stage, desk, opener, opener_institution, ' +
            `opened_at, stage_from, changed_at) select coalesce(max(id), 0) + 1, '${kind}', 'XX-' || (coalesce(max(id), 0) + 1), ` +
            `'${division}', ${institution}, 'x', '${{ rectification: 'mend', letter: 'received', problem: 'review' }[kind]}', 1, ` +
            `${opener}, ${from}, 1, 1, 1 from case_file`);
        return city.value('select max(id) from case_file');
    };
    const divisionOf = (id) => city.value(`select division from institution where id = ${id}`);
    county.inside.case = caseOf('rectification', divisionOf(school), school, 'null', 'null');
    county.outside.case = caseOf('rectification', divisionOf(county.outside.institution), county.outside.institution, 'null', 'null');
    const letters = [family, other].map((who) => caseOf('letter', divisionOf(school), school, who.id, 'null'));
    // Letters of nobody's account, to whose news somebody subscribes: each subscription sends a message.
    const news = [divisionOf(school), '371521001'].map((where) =>
        city.value(`select number from case_file where id = ${caseOf('letter', where, school, 'null', 'null')}`));
    const inspector = city.value("select min(id) from account where staff <> ''");
    county.inside.staff = city.value(`select staff from account where id = ${inspector}`);
    county.outside.staff = city.value("select min(code) from staff_fact where post = 'inspector' and division like '371521%' and " +
        'valid_until = 2932897 and replaced_at = 253402300800000');
    const charged = city.value('select min(c.institution) from charge_fact c join account a on a.staff = c.staff where ' +
        `a.id = ${inspector} and c.replaced_at = 253402300800000 and c.valid_until = 2932897`);
    // A stand-in at the school, and one in another county.
    const standIn = (account) => {
        city.tamper('insert into case_stand_in (account, by_account, from_day, until_day, reason, at) values ' +
            `(${account}, ${NOWHERE}, 0, 99999, 'x', 1)`);
        return city.value('select max(id) from case_stand_in');
    };
    county.inside.standin = standIn(clerk);
    county.outside.standin = standIn(city.value("select min(id) from account where roles = 16 and scope = '371521'"));
    const visited = caseOf('rectification', divisionOf(charged), charged, 'null', 'null');
    // Services: a call of the county with an offer at the family's school, and one of another county; entries; records.
    const care = city.value("select id from service_call where service = 'holiday_care'");
    const kept = 'yaml, name_zh, name_en, about_zh, about_en, whom, age_from, age_to, mechanism, wishes, together, first, opens, closes, ' +
        'answer_days, record_zh, record_en, attended, activity, level, results';
    city.tamper(`insert into service_call (service, division, state, opened_at, opened_by, reason, ${kept}) select service, ` +
        `'371521', 'open', 1, 0, '', ${kept} from service_call where id = ${care}`);
    const elsewhere = city.value('select max(id) from service_call');
    const offered = 'code, name_zh, name_en, place_zh, place_en, capacity, number, first_day, last_day, from_minute, until_minute, sessions, ' +
        'age_from, age_to, sex, numbers, lunch, bed, collect, staffed';
    city.tamper(`insert into service_offer (id, call, ${offered}) select ${NOWHERE - 1}, ${elsewhere}, ${offered} from service_offer ` +
        `where call = ${care} limit 1`);
    city.tamper(`insert into service_session (offer, day, from_minute, until_minute) values (${NOWHERE - 1}, 1, 1, 2)`);
    const option = city.value(`select min(id) from service_offer where call = ${care}`);
    city.tamper(`update service_offer set institution = ${school} where id = ${option}`);
    const sessionOf = (id) => city.value(`select min(id) from service_session where offer = ${id}`);
    const records = city.rows ? city.rows('select id from record order by id limit 2').map((row) => row.id)
        : ['min', 'max'].map((which) => city.value(`select ${which}(id) from record`));
    city.tamper(`update record set division = '371521' where id = ${records[1]}`);
    city.tamper(`update record set division = '371502' where id = ${records[0]}`);
    Object.assign(county.inside, { call: care, option, session: sessionOf(option), record: records[0] });
    Object.assign(county.outside, { call: elsewhere, option: NOWHERE - 1, session: sessionOf(NOWHERE - 1), record: records[1] });
    const entryOf = (who) => {
        city.tamper('insert into service_entry (id, call, person_kind, person, account, ticket, salt, receipt, state, sent_at) values ' +
            `((select coalesce(max(id), 1099511627776) + 1 from service_entry), ${elsewhere}, 'child', ${who.child}, ${who.id}, 'x', 'x', 'x', 'sent', 1)`);
        return city.value('select max(id) from service_entry');
    };
    const entries = [family, other].map(entryOf);
    const enterprise = city.value('select min(id) from account where roles = 1024');
    const firm = city.value(`select institution from account where id = ${enterprise}`);
    const posted = caseOf('problem', divisionOf(firm), firm, enterprise, firm);
    return {
        family: { id: family.id,
            inside: { entry: entries[0], call: care, case: letters[0], application: family.application, paper: family.paper, child: family.child, round: family.round },
            outside: { entry: entries[1], call: care, case: letters[1], application: other.application, paper: other.paper, child: other.child, round: other.round } },
        school_clerk: { id: clerk, ...county },
        school_head: { id: head, ...county },
        county_reviewer: { id: byRole(8), ...county },
        county_officer: { id: officer.id, ...county },
        city: { id: byRole(32), inside: county.inside },
        auditor: { id: byRole(64), inside: county.inside },
        operator: { id: byRole(128), inside: county.inside },
        witness: { id: byRole(256), ...county },
        inspector: { id: inspector, inside: { ...county.inside, case: visited }, outside: county.outside },
        enterprise: { id: enterprise, inside: { ...county.inside, case: posted, standin: standIn(enterprise) }, outside: county.outside },
        data: { family, other, county, news, catchment: city.value('select min(id) from catchment'), venue: city.value('select min(code) from venue_fact where valid_until = 2932897'), group: city.value('select min(code) from group_fact where valid_until = 2932897'),
            school: city.value(`select code from institution where id = ${school}`) },
    };
}

/** The route's path with this subject's numbers. */
function pathOf(route, subject, data) {
    const rest = { check: 'household', stage: 'primary', code: data.school, file: 'none', authority: 'natural_resources', county: '371502', child: NOWHERE,
        round: subject.round ?? 1, application: NOWHERE, paper: NOWHERE, offer: NOWHERE, scenario: NOWHERE, notice: NOWHERE,
        catchment: data.catchment,
        kind: route.path.includes(':code') ? 'institution' : 'site', act: 'merge', change: NOWHERE, import: NOWHERE,
        case: NOWHERE, line: NOWHERE, message: NOWHERE, channel: 'mail', what: 'case', standin: NOWHERE, evidence: NOWHERE, number: 'XX-0', staff: 'T99999999',
        service: 'holiday_care', call: NOWHERE, option: NOWHERE, entry: NOWHERE, session: NOWHERE, record: NOWHERE,
        id: 'kg_quality_count', format: 'csv', publication: 1, briefing: 1,
        key: NOWHERE, form: 'double_reduction', period: '2026-06', institution: NOWHERE,
        ...subject };
    const own = { '/atlas/:file': { file: 'schools.geojson' }, '/venue/:code': { code: data.venue }, '/map/group/:code': { code: data.group },
        '/public/timeline/:kind': { kind: 'promise' }, '/cases/seal/:kind': { kind: 'referral' }, '/cases/counts/:kind': { kind: 'referral' } };
    Object.assign(rest, { layer: 'schools' }, own[route.path]);
    if (route.path === '/forecast/scenario/:file') {
        rest.file = `${rest.scenario}.json`;
    }
    const where = route.path.replace(/[#:](\w+)/g, (all, name) => rest[name]);
    return where === '/api/v1/differences' ? `${where}?kind=institution` : where;
}

// Depends on where the round and the application stand, not on who asks.
const MAY_BE_MISSING = /\.(pdf|txt)$|\/(compare|remove|text|decline|result|answer)$|\/papers\/|^\/(assets|catchment|school|conditions|rules|register)\/|^\/forecast\/notice\/|^\/cases\/open\/|^\/case\/\d*#case\/(line|evidence|sealed|name|unname)|^\/food\/:|^\/cases\/seal\/|^\/public\/(open|case|cases)\/|^\/subscri|^\/feed\/|^\/plate\//;

/** An answer without what differs from one request to the next: the time, its own address and number, keys of forms. */
function anonymous(answer) {
    const { date, ...headers } = answer.headers;
    const text = answer.text.replace(/(name="form_key" value="|"reference":")[^"]*/g, '$1')
        .replace(/(?:next|back|to)=[^"&]*/g, '').replace(/<code[^>]*>[^<]*<\/code>/g, '').replace(/\/[^"\s<>]*\d[^"\s<>]*/g, '/N');
    return JSON.stringify([answer.status, { ...headers, 'content-length': text.length }, text]);
}

class Matrix {
    constructor(city, server, routes, all) {
        Object.assign(this, { city, server, routes, all, refused: 0, asked: 0, secrets: [] });
        this.keys = new Keys(city);
        this.browsers = {};
    }

    async signIn(role) {
        this.browsers[role] = await new Browser(this.server.port).signIn(this.all[role].id);
    }

    /** Refused: the status, no personal data. */
    refusal(answer, status, name) {
        this.asked++;
        equal(answer.status, status, name);
        this.refused += status === 403;
        const told = this.secrets.filter((secret) => answer.text.includes(secret));
        equal(told.length, 0, `${name}: tells nothing of a child (${told[0]})`);
    }

    answered(answer, route, name) {
        this.asked++;
        const fine = [200, 303, 409, 422].includes(answer.status) ||
            (answer.status === 404 && MAY_BE_MISSING.test(route.path));
        check(fine, name, `${answer.status} ${plain(answer.text).slice(0, 200)}`);
        check(!location(answer).startsWith('/sign-in'), `${name}: is not sent to sign in`);
    }

    /** Outside of the scope: the answer is that of a number which nobody has, and one entry more in the journal. */
    outside(answer, missing, route, name) {
        this.refusal(answer, 404, name);
        check(anonymous(answer) === anonymous(missing), `${name}: nothing tells it from what does not exist`);
        this.refused += !/#child/.test(route.path); // a child is looked for among one's own alone
    }

    async get(role, route) {
        const account = this.all[role];
        const browser = this.browsers[role];
        const { data } = this.all;
        const name = `GET ${route.path} as ${role}`;
        if (!route.roles.includes(role) && !route.roles.includes('anyone')) {
            this.refusal(await browser.get(pathOf(route, account.inside, data)), 403, name);
            return;
        }
        this.answered(await browser.get(pathOf(route, account.inside, data)), route, `${name}, inside`);
        if (route.scope) {
            browser.cookies.delete('jiaoti_notice'); // what the page inside may have left for the next one
            const missing = await browser.get(pathOf(route, { round: NOWHERE, briefing: NOWHERE, county: '370100' }, data));
            this.refusal(missing, 404, `${name}, of nothing`);
            if (account.outside) {
                this.outside(await browser.get(pathOf(route, account.outside, data)), missing, route, `${name}, outside`);
            }
        }
    }

    async post(role, route) {
        const account = this.all[role];
        const browser = this.browsers[role];
        const { data } = this.all;
        const name = `POST ${route.path} as ${role}`;
        const send = (subject, fields = {}) => {
            const where = pathOf(route, subject, data);
            return browser.post(where, { ...(fields.key ? { form_key: this.keys.make(browser, where) } : {}) });
        };
        if (!route.roles.includes(role) && !route.roles.includes('anyone')) {
            this.refusal(await send(account.inside, { key: true }), 403, name);
            return;
        }
        const keyless = await send(account.inside);
        equal(keyless.status, 403, `${name}, without the form's key`);
        check(/key of this form/.test(keyless.text), `${name}, without the form's key: is told so`);
        if (route.scope && account.outside) {
            const missing = await send({ round: NOWHERE, briefing: NOWHERE, county: '370100' }, { key: true });
            this.refusal(missing, 404, `${name}, of nothing`);
            this.outside(await send(account.outside, { key: true }), missing, route, `${name}, outside`);
        }
        const answer = await send(account.inside, { key: true });
        if (route.path === '/demo/sign-in') {
            check([404, 422].includes(answer.status), name, answer.status);
        } else {
            this.answered(answer, route, `${name}, inside, empty`);
        }
        if (route.path === '/sign-out') {
            await this.signIn(role);
        }
    }

    async guest(route) {
        const { data } = this.all;
        const where = pathOf(route, this.all.county_officer.inside, data);
        const browser = new Browser(this.server.port);
        const name = `${route.method} ${route.path} as nobody`;
        if (route.method === 'GET' && route.roles.includes('anyone')) {
            this.answered(await browser.get(where), route, name);
        } else if (route.method === 'GET') {
            const answer = await browser.get(where);
            this.refusal(answer, 303, name);
            equal(location(answer), `/sign-in?next=${encodeURIComponent(where).replaceAll('%2F', '/')}`, `${name}: signs in first`);
        } else if (route.roles.includes('anyone')) {
            equal((await browser.post(where, {})).status, 403, `${name}, without a key`);
        } else {
            this.refusal(await browser.post(where, {}), 401, name);
        }
    }
}

/** What a child's file holds, as its own family sees it. */
async function secretsOf(matrix) {
    const { family, other } = matrix.all.data;
    for (const who of [family, other]) {
        const browser = await new Browser(matrix.server.port, { language: 'zh' }).signIn(who.id);
        const page = (await browser.get(`/family/child/${who.child}/${who.round}`)).text;
        const values = [...page.matchAll(/<dd class="govuk-summary-list__value">([^<]*)<\/dd>/g)].map((match) => match[1].trim());
        const citizen = values.find((value) => /^\d{17}[\dX]$/.test(value));
        check(citizen, 'the family sees the citizen number', plain(page).slice(0, 300));
        const receipt = matrix.city.value(`select receipt from application where id = ${who.application}`);
        matrix.secrets.push(citizen, values[0], receipt, ...values.filter((value) => /号.*室/.test(value)));
    }
    check(matrix.secrets.every((secret) => secret && secret.length >= 2), 'what must not be told is known', matrix.secrets);
}

/** A referral names one officer: nobody else sees that it is there, the city's administrator included. */
async function referral(city, server, all) {
    city.tamper('insert into case_file (id, kind, number, division, institution, title, stage, desk, opened_at, stage_from, changed_at, ' +
        `confidential) select max(id) + 1, 'referral', 'GA-2026-900001', '371502001', ${all.data.county.inside.institution}, '', ` +
        "'received', 32, 1, 1, 1, 1 from case_file");
    const id = city.value('select max(id) from case_file');
    city.tamper(`insert into case_named (case_file, account, at, holder) values (${id}, ${all.county_officer.id}, 1, 1)`);
    for (const role of Object.keys(all).filter((each) => each !== 'data')) {
        const browser = await new Browser(server.port).signIn(all[role].id);
        const named = role === 'county_officer';
        for (const where of [`/case/${id}`, `/case/${id}/sealed`, `/case/${id}/name`, `/case/${id}/act/talked`]) {
            const answer = await browser.get(where);
            check(named ? answer.status === 200 : [403, 404].includes(answer.status), `GET ${where} of a referral as ${role}`, answer.status);
            check(named || !answer.text.includes('GA-2026-900001'), `GET ${where} as ${role} does not name the referral`);
        }
        for (const where of ['/cases?kind=referral', '/cases/all?kind=referral']) {
            const answer = await browser.get(where);
            check(answer.text.includes('GA-2026-900001') === named,
                `${where} of ${role} ${named ? 'has' : 'has not'} the referral`);
        }
    }
}

export async function everyRoute(city) {
    const all = accounts(city);
    const authority = await city.authority();
    const server = await city.serve(['--authorities', authority.url]);
    const table = JSON.parse((await jiaoti(['routes', '--json'])).out);
    // Programs of departments sign what they send instead of signing in.
    const SIGNED = ['/forecast/counts'];
    const routes = table.filter((route) => !SIGNED.includes(route.path));
    for (const where of SIGNED) {
        equal((await new Browser(server.port).post(where, {})).status, 401, `POST ${where}, not signed`);
    }
    check(routes.length > 80, 'the table has the routes', routes.length);
    check(routes.every((route) => !/#|:county/.test(route.path) || route.scope || route.roles.includes('anyone')),
        'every route that names a subject has a scope',
        routes.find((route) => /#|:county/.test(route.path) && !route.scope && !route.roles.includes('anyone'))?.path);
    // Programs send their own key instead (interface.mjs).
    const forPrograms = (route) => route.method === 'POST' && route.path.startsWith('/api/v1/');
    check(routes.every((route) => route.method === 'GET' || route.key || forPrograms(route)), 'every POST asks for a key');
    const matrix = new Matrix(city, server, routes, all);
    await secretsOf(matrix);
    for (const [i, number] of all.data.news.entries()) {
        const asked = await new Browser(server.port).fill(`/subscribe/letter/${number}`, { address: 'somebody@example.org' });
        equal(asked.status, 200, 'somebody subscribes');
        all.data.county[i ? 'outside' : 'inside'].message = city.value('select max(id) from outbox_message');
    }
    await referral(city, server, all);
    const first = city.value('select max(seq) from journal');
    const roles = Object.keys(all).filter((role) => role !== 'data');
    for (const role of roles) {
        await matrix.signIn(role);
    }
    const named = routes.flatMap((route) => route.roles).filter((role) => role !== 'anyone' && !roles.includes(role));
    equal(named.length, 0, `every role is tried (${named[0]})`);
    for (const method of ['GET', 'POST']) {
        for (const route of routes.filter((each) => each.method === method && !forPrograms(each))) {
            await matrix.guest(route);
            for (const role of roles) {
                await matrix[method.toLowerCase()](role, route);
            }
        }
    }
    await pause(300);
    const kept = city.value(`select count(*) from journal where seq > ${first} and action = 'access.refused'`);
    equal(kept, matrix.refused, 'the journal has every refusal');
    const leaked = city.value(`select count(*) from journal where seq > ${first} and (${
        matrix.secrets.map((secret) => `detail like '%${secret}%'`).join(' or ')})`);
    equal(leaked, 0, 'and no personal data');
    check(!/ error /.test(server.log), 'the log tells no error', server.log.slice(0, 1000));
    equal(await server.stop(), 0, 'the server ends by itself');
    await authority.stop();
    say(`${routes.length} routes, ${roles.length} roles and nobody: ${matrix.asked} tries, ${matrix.refused} refused`);
}
