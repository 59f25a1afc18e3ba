// The programming interface from outside: the description is well formed and complete; each documented reading is asked
// for and fits its schema; without a key nothing of persons leaves; keys have a scope, an end and a count; a change is
// proposed, told when it is wrong, and sent twice is one.
import { Browser, City, check, equal, plain, request, run, say } from './city.mjs';
import { misfit, resolve, schemasOf } from './schema.mjs';

/** The structure that OpenAPI 3.1 asks for, as far as this description has it. */
function wellFormed(api) {
    equal(api.openapi, '3.1.0', 'OpenAPI 3.1');
    check(['title', 'version'].every((name) => typeof api.info[name] === 'string'), 'info has title and version');
    const ids = new Set(), tags = new Set(api.tags.map((tag) => tag.name));
    for (const [where, item] of Object.entries(api.paths)) {
        for (const [method, operation] of Object.entries(item)) {
            const name = `${method} ${where}`;
            const asked = operation.parameters.filter((p) => p.in === 'path').map((p) => p.name);
            const faults = [
                ['get', 'post'].includes(method) || 'method',
                where.startsWith('/') || 'path',
                !ids.has(operation.operationId) || 'operationId twice',
                operation.tags.every((tag) => tags.has(tag)) || 'tag',
                String([...where.matchAll(/\{(\w+)\}/g)].map((m) => m[1])) === String(asked) || 'path parameters',
                new Set(operation.parameters.map((p) => p.in + p.name)).size === operation.parameters.length || 'twice',
                operation.parameters.every((p) => p.schema && (p.in !== 'path' || p.required)) || 'parameter',
                Object.entries(operation.responses).every(([code, r]) => /^(\d{3}|default)$/.test(code) && r.description)
                    || 'response',
                (method === 'post') === !!operation.requestBody || 'body',
            ].filter((fault) => fault !== true);
            check(faults.length === 0, `${name} is well formed`, String(faults));
            ids.add(operation.operationId);
        }
    }
    for (const [where, schema] of schemasOf(api.paths)) {
        if (schema.$ref) {
            check(!!resolve(api, schema.$ref), `${where} resolves`);
        }
    }
}

const answer = (api, where, method, code) =>
    Object.values(api.paths[where][method].responses[code].content)[0].schema;

/** Asks and compares with the schema; the answer. */
async function fits(api, port, where, target, headers = {}) {
    const got = await request(port, 'GET', target, { headers });
    const json = JSON.parse(got.text);
    const schema = got.status === 200 ? answer(api, where, 'get', '200') : answer(api, where, 'get', 'default');
    const told = misfit(api, schema, json);
    check(told === undefined, `${target} (${got.status}) fits its description`, told);
    if (got.status !== 200) {
        equal(got.headers['content-type'], 'application/problem+json', `${target} is a problem`);
    }
    return { status: got.status, json };
}

async function makeKey(operator, fields) {
    const made = await operator.fill('/operator/keys',
        { 'until-year': '2027', 'until-month': '6', 'until-day': '30', ...fields });
    const token = /<code>([0-9a-f]{64})<\/code>/.exec(made.text)?.[1];
    check(token !== undefined, `a key for ${fields.name}`, `${made.status} ${plain(made.text).slice(0, 400)}`);
    return { authorization: `Bearer ${token}` };
}

async function main() {
    const city = await City.demo(0.02);
    const server = await city.serve();
    const port = server.port;
    const api = JSON.parse((await request(port, 'GET', '/api/v1/openapi.json')).text);
    say('the description');
    wellFormed(api);
    const described = Object.keys(api.paths).length;
    check(described === 2 + 3 * Object.keys(api.components.schemas).filter((n) => n.endsWith('.list')).length,
        'every kind has its three addresses', String(described));

    say('what each documented address answers');
    const kinds = [...new Set(Object.keys(api.paths).map((p) => p.split('/')[3]))].filter((k) => api.paths[`/api/v1/${k}/{code}`]);
    for (const kind of kinds) {
        const closed = !api.paths[`/api/v1/${kind}`].get.security.some((s) => Object.keys(s).length === 0);
        const list = await fits(api, port, `/api/v1/${kind}`, `/api/v1/${kind}?most=20`);
        equal(list.status, closed ? 401 : 200, `${kind} ${closed ? 'needs a key' : 'is public'}`);
        const code = list.json.items?.[0]?.code ?? 'NOBODY';
        await fits(api, port, `/api/v1/${kind}/{code}`, `/api/v1/${kind}/${encodeURIComponent(code)}`);
        await fits(api, port, `/api/v1/${kind}/{code}/history`, `/api/v1/${kind}/${encodeURIComponent(code)}/history`);
        await fits(api, port, '/api/v1/differences', `/api/v1/differences?kind=${kind}&since=2005-01-01&most=5`);
    }
    await fits(api, port, '/api/v1/institution', '/api/v1/institution?day=2026-02-30');
    await fits(api, port, '/api/v1/institution', '/api/v1/institution?most=501');
    const nowhere = await request(port, 'GET', '/api/v1/nothing');
    equal(`${nowhere.status} ${nowhere.headers['content-type']}`, '404 application/problem+json', 'an unknown kind');

    say('pages, filters, moments');
    const seen = [];
    for (let after = 0; after !== null;) {
        const page = (await fits(api, port, '/api/v1/institution', `/api/v1/institution?most=7&after=${after}`)).json;
        seen.push(...page.items.map((item) => item.code));
        after = page.next;
    }
    const all = city.value(`select count(*) from institution_fact where replaced_at = 253402300800000
        and valid_from <= 20800 and valid_until > 20800`);
    equal(new Set(seen).size, all, 'the pages hold every institution once');
    equal(seen.length, all, 'and no more');
    const first = (await fits(api, port, '/api/v1/institution/{code}', `/api/v1/institution/${seen[0]}`)).json;
    const prefix = first.item.division.slice(0, 6);
    const some = (await fits(api, port, '/api/v1/institution', `/api/v1/institution?division=${prefix}&kind=${first.item.values.kind}`)).json;
    check(some.items.length > 0 && some.items.every((i) => i.division.startsWith(prefix) && i.values.kind === first.item.values.kind),
        'filtered by division and column');
    equal((await fits(api, port, '/api/v1/institution/{code}', `/api/v1/institution/${seen[0]}?known=1`)).status, 404,
        'before the register knew it there was none');

    say('keys');
    const operator = await new Browser(port).signIn(city.value(
        'select id from account where demo > 0 and (roles & 128) = 128 order by id limit 1'));
    const school = city.row(`select id, code, division from institution where code = '${seen[0]}'`);
    const county = await makeKey(operator, { name: '县学籍系统', role: 'county_officer', scope: prefix });
    const other = city.value(`select substr(division, 1, 6) from institution where division not like '${prefix}%' limit 1`);
    const elsewhere = await makeKey(operator, { name: '邻县', role: 'county_officer', scope: other });
    const pupils = await fits(api, port, '/api/v1/pupil', '/api/v1/pupil?most=5', county);
    equal(`${pupils.status} ${pupils.json.items?.length}`, `200 ${Math.min(5, city.value(
        `select count(*) from pupil_fact where division like '${prefix}%'`))}`, 'pupils with a key');
    equal(city.value(`select count(*) from journal where action = 'register.read'`), 1, 'the journal has it');
    equal((await fits(api, port, '/api/v1/pupil', '/api/v1/pupil', elsewhere)).json.items.length,
        Math.min(100, city.value(`select count(*) from pupil_fact where division like '${other}%'`)), 'another county sees its own');
    equal((await fits(api, port, '/api/v1/pupil', `/api/v1/pupil?division=${other}`, county)).status, 400,
        'not of another county');
    equal((await fits(api, port, '/api/v1/pupil', '/api/v1/pupil', { authorization: 'Bearer 00' })).status, 401, 'no such key');
    equal(city.value(`select count(*) from api_key where length(hash) = 32 and name = '县学籍系统'`), 1, 'kept as a hash');

    say('a change');
    const body = (values, more = {}) => JSON.stringify({ note: '改名', steps: [{ act: 'record', code: school.code, valid_from: '2026-03-01', values, ...more }] });
    const post = (text, headers) => request(port, 'POST', '/api/v1/institution', { body: text,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), 'accept-language': 'en', ...headers } });
    const input = api.components.schemas['institution.change'];
    equal(misfit(api, input, JSON.parse(body({ name_zh: '新名小学' }))), undefined, 'the example fits the description');
    equal((await post(body({ name_zh: '新名小学' }), {})).status, 401, 'not without a key');
    const once = { ...county, 'idempotency-key': 'a' };
    const proposed = await post(body({ name_zh: '新名小学' }), once);
    equal(proposed.status, 201, `proposed: ${proposed.text}`);
    equal(misfit(api, answer(api, '/api/v1/institution', 'post', '201'), JSON.parse(proposed.text)), undefined, 'as described');
    equal((await post(body({ name_zh: '新名小学' }), once)).text, proposed.text, 'the same call again is the same change');
    equal(city.value(`select count(*) from register_change where state = 'proposed' and kind = 'institution'`), 1, 'it waits, once');
    equal((await fits(api, port, '/api/v1/institution/{code}', `/api/v1/institution/${school.code}`)).json.item.values.name_zh,
        first.item.values.name_zh, 'and nothing is recorded yet');
    const wrong = await post(body({ name_zh: '', kind: 'castle', height: 3 }), county);
    const told = JSON.parse(wrong.text);
    equal(wrong.status, 422, 'mistakes');
    equal(misfit(api, answer(api, '/api/v1/institution', 'post', 'default'), told), undefined, 'a problem as described');
    check(told.mistakes.some((m) => m.field === 'height'), 'named with their fields', wrong.text);
    equal((await post(body({ name_zh: '别县改的' }), elsewhere)).status, 403, 'not of another county');
    equal((await post('[1', county)).status, 400, 'no JSON');
    check(Number(city.value(`select uses from api_key where name = '县学籍系统'`)) >= 5, 'each use is counted');

    say('revoked');
    const key = city.value(`select id from api_key where name = '县学籍系统'`);
    equal((await operator.fill('/operator/keys', {}, `/operator/keys/${key}/revoke`)).status, 303, 'revoked');
    equal((await fits(api, port, '/api/v1/pupil', '/api/v1/pupil', county)).status, 401, 'it works no more');
    equal(city.value(`select count(*) from journal where action like 'api.key_%'`), 3, 'made and revoked are in the journal');

    say('OneRoster over the page');
    const staff = city.row('select id, institution from account where demo > 0 and (roles & 2) = 2 order by id limit 1');
    const clerk = await new Browser(port).signIn(staff.id);
    equal((await clerk.fill('/register-oneroster', { reason: '' })).status, 422, 'not without a reason');
    const zip = await clerk.fill('/register-oneroster', { reason: 'a reading platform' });
    check(zip.status === 200 && zip.body.subarray(0, 2).toString() === 'PK', 'a ZIP', String(zip.status));
    equal(city.value(`select subject_id from journal where action = 'register.export'`), staff.institution, 'the journal has it');
    equal((await new Browser(port).get('/register-oneroster')).status, 303, 'strangers sign in first');

    say('the page');
    for (const lang of ['zh', 'en']) {
        equal((await request(port, 'GET', `/api?lang=${lang}`)).status, 200, `the page in ${lang}`);
    }
    equal(await server.stop(), 0, 'it ends in order');
}

await run(process.argv[2], process.argv[3], main);
