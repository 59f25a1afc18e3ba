// The register's exchange over the pages, as clerks meet it: a county officer's sheet is applied at once, a school's is
// proposed; a sheet with mistakes is refused and given back with a column of them; nobody sees another's import.
import { Browser, City, check, equal, location, pause, plain, run, say } from './city.mjs';

const HEADINGS = '代码,名称,类别,计划年度,投资（元）,新增学位,增加用地（平方米）,增加校舍（平方米）,状态,单位代码';

class Clerk extends Browser {
    async handIn(kind, text, fields = {}, name = 'projects.csv') {
        const page = `/register/${kind}/import`;
        const answer = await this.upload(page, { share: 'none', 'day-year': '', 'day-month': '', 'day-day': '', ...fields },
            { field: 'file', name, type: 'text/csv', bytes: Buffer.isBuffer(text) ? text : Buffer.from(text) });
        if (!check(answer.status === 303, `${kind}: handed in`, `${answer.status} ${plain(answer.text).slice(0, 400)}`)) {
            throw new Error('not handed in');
        }
        return location(answer);
    }

    /** The state's page once the file is read. */
    async read(page) {
        for (let tries = 0; tries < 100; tries++) {
            const shown = await this.get(page);
            if (!/being read/.test(shown.text)) {
                return shown;
            }
            equal(shown.headers.refresh, '2', 'a page that waits comes again without JavaScript');
            await pause(100);
        }
        throw new Error('the file is not read to its end');
    }
}

async function main() {
    const city = await City.demo(0.02);
    const server = await city.serve();
    const account = (role, more = '') => city.value(
        `select a.id from account a where a.demo > 0 and (a.roles & ${role}) = ${role} ${more} order by a.id limit 1`);
    const county = account(16);
    const officer = await new Clerk(server.port).signIn(county);
    const scope = city.value(`select scope from account where id = ${county}`);
    const school = city.row(`select id, code from institution where division like '${scope}%' order by id limit 1`);
    const other = city.row(`select id, code from institution where division not like '${scope}%' order by id limit 1`);
    const line = (code, name, where = school.code) => `${code},${name},学校新改建,2024,100.5,360,0,1200,planned,${where}`;
    say('a county officer');

    let page = await officer.handIn('project', `\ufeff${HEADINGS}\r\n${line('X1', '扩建一')}\r\n${line('X2', '=1+1')}\r\n`);
    let shown = await officer.read(page);
    check(/New 2/.test(plain(shown.text)), 'two new rows are shown before anything is changed', plain(shown.text).slice(0, 900));
    equal(city.value(`select count(*) from project_fact where code in ('X1', 'X2')`), 0, 'nothing is changed yet');
    let done = await officer.fill(page, { note: 'from a sheet' }, `${page}/apply`);
    equal(location(done), page, 'applied');
    equal(city.value(`select count(*) from project_fact where code in ('X1', 'X2')`), 2, 'both are recorded');
    equal(city.value(`select kind || ' ' || state from register_change order by id desc limit 1`), 'import confirmed',
        'as one change');
    equal(city.value(`select count(*) from register_import_part`), 0, 'the cells are forgotten');
    equal(city.value(`select name_zh from project_fact where code = 'X2'`), '=1+1', 'the text as it was');

    say('out and in again');
    for (const format of ['xlsx', 'ods', 'csv']) {
        const file = await officer.get(`/register/project/export/${format}`);
        equal(file.status, 200, `the ${format}`);
        page = await officer.handIn('project', file.body, {}, `again.${format}`);
        shown = await officer.read(page);
        check(/nothing to change/i.test(plain(shown.text)), `${format}: import after export changes nothing`,
            plain(shown.text).slice(0, 900));
        const template = await officer.get(`/register/project/template/${format}`);
        check(template.status === 200 && template.body.length > 300, `the ${format} template`);
    }

    say('mistakes');
    page = await officer.handIn('project', `${HEADINGS}\n${line('X3', '')}\n${line('X4', '别县', other.code)}\n${line('X5', '好')}\n`);
    shown = await officer.read(page);
    const text = plain(shown.text);
    check(/'Name' must be filled in/.test(text) && /Outside of what you may change/.test(text) && /cannot be applied/.test(text),
        'both mistakes stand beside their rows', text.slice(0, 1500));
    const back = await officer.get(`${page}/errors/csv`);
    check(/"X3".*"Name: 'Name' must be filled in"/.test(back.text) && /"X5"/.test(back.text) && /"Problem"/.test(back.text),
        'the sheet comes back with a column of mistakes', back.text.slice(0, 800));
    equal((await officer.get(`${page}/errors/xlsx`)).status, 200, 'as XLSX too');
    done = await officer.post(`${page}/apply`, { note: 'x' });
    check(done.status !== 303 || !/import/.test(location(done)), 'it cannot be applied', String(done.status));
    equal(city.value(`select count(*) from project_fact where code in ('X3', 'X4', 'X5')`), 0, 'nothing of it is recorded');
    page = await officer.handIn('project', `${HEADINGS}\n${line('X3', '')}\n` +
        Array.from({ length: 9 }, (_, i) => line(`FEED${i}`, `供给${i}`)).join('\n'), { share: '20' });
    await officer.read(page);
    await officer.fill(page, { note: 'a feed' }, `${page}/apply`);
    equal(city.value(`select count(*) from project_fact where code like 'FEED%'`), 9, 'a feed takes the good rows');

    say('undone');
    done = await officer.fill(page, { reason: 'the wrong sheet' }, `${page}/undo`);
    equal(done.status, 303, 'undone');
    equal(city.value(`select count(*) from project_fact where code like 'FEED%' and replaced_at = 253402300800000`), 0,
        'nothing of it stands');

    say('a school');
    const staff = city.row(`select id, institution from account where demo > 0 and (roles & 2) = 2 order by
        exists (select 1 from pupil_fact p where p.institution = account.institution) desc, id limit 1`);
    if (check(staff !== undefined, 'there is a school clerk')) {
        const clerk = await new Clerk(server.port).signIn(staff.id);
        const own = city.value(`select code from institution where id = ${staff.institution}`);
        equal((await clerk.get(page)).status, 404, "another's import is not shown");
        equal((await clerk.get('/register/group/import')).status, 403, 'a school does not keep groups');
        page = await clerk.handIn('project', `${HEADINGS}\n${line('S1', '操场', own)}\n`);
        await clerk.read(page);
        done = await clerk.fill(page, { note: 'ours' }, `${page}/apply`);
        equal(done.status, 303, `a school proposes: ${plain(done.text).slice(150, 500)}`);
        shown = await clerk.get(page);
        check(/Proposed/.test(plain(shown.text)), 'it is proposed', plain(shown.text).slice(0, 600));
        equal(city.value(`select count(*) from project_fact where code = 'S1'`), 0, 'and not recorded yet');
        const foreign = city.value(`select code from institution where id <> ${staff.institution} order by id limit 1`);
        page = await clerk.handIn('project', `${HEADINGS}\n${line('S2', '别校', foreign)}\n`);
        shown = await clerk.read(page);
        check(/Outside of what you may change/.test(plain(shown.text)), "another school's is refused");
        shown = await clerk.get('/register/pupil/export/csv');
        equal(shown.status, 200, 'pupils out');
        equal(city.value(`select count(*) from journal where action = 'register.export'`), 1, 'that is in the journal');
        const today = Math.floor(Date.now() / 86400000);
        const pupil = city.row(`select code, class from pupil_fact where institution = ${staff.institution} and
            replaced_at = 253402300800000 and valid_from <= ${today} and valid_until > ${today} order by id limit 1`);
        if (check(pupil !== undefined, 'the school has a pupil')) {
            page = await clerk.handIn('pupil', `code,class\n${pupil.code},${Number(pupil.class) === 1 ? 2 : 1}\n`);
            shown = await clerk.read(page);
            check(/Changed 1/.test(plain(shown.text)), 'what is known of the pupil stands beside', plain(shown.text).slice(0, 900));
            check(Number(city.value(`select count(*) from journal where action = 'register.difference'`)) > 0,
                'that is in the journal too');
        }
    }
    equal((await new Browser(server.port).get('/register/project/import')).status === 200, false, 'strangers see nothing');

    say('files that are none');
    page = await officer.handIn('project', Buffer.from('%PDF-1.4 nothing'), {}, 'x.pdf');
    shown = await officer.read(page);
    check(/not a spreadsheet/.test(plain(shown.text)), 'a PDF is named', plain(shown.text).slice(0, 500));
    equal(await server.stop(), 0, 'it ends in order');
}

await run(process.argv[2], process.argv[3], main);
