// Departments that are slow, silent, wrong, broken or gone while families apply: nobody is stopped, what was not answered
// goes to a person, asking again heals it, and one fact is asked once.
import { Browser, check, equal, formOf, location, pause, plain, request, say } from './city.mjs';

const first = (html, name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1];

class Departments {
    constructor(city, server, authority) {
        Object.assign(this, { city, server, authority, healed: 0 });
    }

    async faults(list) {
        const answer = await request(this.authority.port, 'POST', '/faults', { body: list });
        equal(answer.status, 200, `faults ${list}`);
    }

    async family(county, stage) {
        const account = this.city.value(`select id from account where demo = 1 and demo_note_en like '%not applied yet%' and ` +
            `demo_note_en like '%${stage} school%' and demo_note_en like '${county}%'`);
        return new Browser(this.server.port).signIn(account);
    }

    /** Asks public security for the family's children; the page that comes of it. */
    async lookUp(browser) {
        const answer = await browser.fill('/family', {}, '/family/look-up');
        return answer.status === 303 ? browser.get(location(answer)) : answer;
    }

    /** Walks one family from the first page to the receipt; the application's number. */
    async apply(browser, name) {
        const start = Date.now();
        let slowest = 0;
        const step = async (page, fields, next, action = page) => {
            const asked = Date.now();
            const answer = await browser.fill(page, fields, action);
            slowest = Math.max(slowest, Date.now() - asked);
            check(answer.status === 303 && (next instanceof RegExp ? next.test(location(answer)) : location(answer) === next),
                `${name}: ${action}`, `${answer.status} ${location(answer)} ${plain(answer.text).slice(0, 500)}`);
            return location(answer);
        };
        const child = /href="(\/family\/child\/\d+\/\d+)"/.exec((await browser.get('/family')).text)?.[1];
        if (!check(child, `${name}: a round is open`)) {
            return null;
        }
        const apply = await step(child, {}, /^\/apply\/\d+$/);
        await step(`${apply}/consent`, { consent: 'yes' }, `${apply}/dwelling`);
        const kind = first((await browser.get(`${apply}/dwelling`)).text, 'kind');
        await step(`${apply}/dwelling`, { kind, where: 'household' }, `${apply}/claims`);
        await step(`${apply}/claims`, {}, `${apply}/checks`);
        await step(`${apply}/checks`, {}, `${apply}/choices`);
        const choice = /<select[^>]*name="choice1"[\s\S]*?<option value="(\d+)"/.exec((await browser.get(`${apply}/choices`)).text)?.[1];
        await step(`${apply}/choices`, { choice1: choice }, `${apply}/papers`);
        await step(`${apply}/papers`, {}, `${apply}/answers`);
        await step(`${apply}/answers`, { true: 'yes' }, `${apply}/receipt`, `${apply}/submit`);
        const receipt = await browser.get(`${apply}/receipt`);
        check(receipt.status === 200 && /[A-Z0-9]{4}-[A-Z0-9]{4}/.test(receipt.text), `${name}: a receipt`, receipt.status);
        check(slowest < 3000, `${name}: no page waits for a department`, `${slowest} ms`);
        say(`${name}: from the first page to the receipt in ${Date.now() - start} ms`);
        return Number(apply.split('/')[2]);
    }

    facts(application) {
        return this.city.rows(`select kind, state, request from fact where application = ${application} order by kind`);
    }

    /** Waits until no check of these is on its way. */
    async settled(applications, seconds, name) {
        const until = Date.now() + seconds * 1000;
        for (;;) {
            const open = applications.flatMap((application) => this.facts(application)).filter((fact) => fact.state === 'queued');
            if (open.length === 0) {
                return;
            }
            if (Date.now() > until) {
                check(false, `${name}: every check ends`, JSON.stringify(open));
                return;
            }
            await pause(300);
        }
    }

    states(application) {
        return this.facts(application).map((fact) => `${fact.kind} ${fact.state}`).join(', ');
    }

    review(application) {
        return this.city.row(`select state, review, review_level, queue_at from application where id = ${application}`);
    }

    /** Whose answer never came: somebody looks at it, and the file says why. */
    async waitsForPerson(application, county, name) {
        const silent = this.facts(application).filter((fact) => fact.state === 'silent');
        check(silent.length > 0, `${name}: a check was not answered`, this.states(application));
        const review = this.review(application);
        check(review.state === 'submitted' && review.review === 'waiting' && review.queue_at, `${name}: it waits for a person`,
            JSON.stringify(review));
        const reviewer = await new Browser(this.server.port)
            .signIn(this.city.value(`select id from account where roles = 8 and scope = '${county}'`));
        const file = await reviewer.get(`/file/${application}`);
        check(file.status === 200 && /No answer: a person will look/.test(file.text), `${name}: the file says so`,
            plain(file.text).slice(0, 400));
        return { reviewer, silent };
    }

    async askAgain(application, reviewer, silent, name) {
        for (const fact of silent) {
            const answer = await reviewer.fill(`/file/${application}`, {}, `/file/${application}/ask/${fact.kind}`);
            equal(`${answer.status} ${location(answer)}`, `303 /file/${application}`, `${name}: ask again (${fact.kind})`);
        }
        await this.settled([application], 60, `${name}, asked again`);
        const now = this.facts(application);
        for (const fact of silent) {
            const after = now.find((row) => row.kind === fact.kind);
            check(after.state === 'passed' || after.state === 'failed', `${name}: ${fact.kind} is answered now`, after.state);
            equal(after.request, fact.request, `${name}: ${fact.kind} under the same number`);
        }
        // Not every family owns what it says here: what the department denies stays with the person.
        const passed = now.every((fact) => fact.state === 'passed');
        equal(this.review(application).review, passed ? 'passed' : 'waiting', `${name}: and the review follows`);
        this.healed += passed;
    }
}

export async function departments(city) {
    let authority = await city.authority();
    const server = await city.serve(['--authorities', authority.url]);
    const all = new Departments(city, server, authority);
    const families = {};
    for (const [name, county, stage] of [['well', 'Dongchangfu', 'primary'], ['slow', 'Dongchangfu', 'junior'],
        ['broken', 'Chiping', 'primary'], ['down', 'Chiping', 'junior'], ['silent', 'Yanggu', 'primary'],
        ['wrong', 'Yanggu', 'junior']]) {
        families[name] = await all.family(county, stage);
    }

    // Nobody is there at all: the family is told at once, and may come back.
    const { port } = authority;
    await authority.stop();
    const asked = Date.now();
    const nobody = await all.lookUp(families.well);
    check(nobody.status === 200 && /does not answer|not answer/i.test(plain(nobody.text)), 'look-up: nobody answers, and is told',
        plain(nobody.text).slice(0, 500));
    check(Date.now() - asked < 5000, 'look-up: at once', `${Date.now() - asked} ms`);
    authority = await city.authority(['--port', String(port)]);
    all.authority = authority;
    await pause(6000); /* their breaker, if it has opened, tries again after five seconds */
    for (const [name, browser] of Object.entries(families)) {
        const found = await all.lookUp(browser);
        equal(found.status, 200, `${name}: look-up`);
        check(/href="\/family\/child\//.test(found.text), `${name}: the child is found`, plain(found.text).slice(0, 300));
    }

    const applications = {};
    const walk = async (name, faults) => {
        await all.faults(faults);
        applications[name] = await all.apply(families[name], name);
    };
    await walk('well', '');
    await all.settled([applications.well], 20, 'well');
    check(!/silent|queued/.test(all.states(applications.well)), 'well: every check is answered', all.states(applications.well));
    await walk('slow', '*:slow=1500');
    await all.settled([applications.slow], 30, 'slow');
    check(!/silent|queued/.test(all.states(applications.slow)), 'slow: every check is answered', all.states(applications.slow));
    await walk('wrong', '*:wrong');
    await all.settled([applications.wrong], 30, 'wrong');
    check(/failed|person/.test(all.states(applications.wrong)), 'wrong: a check does not pass', all.states(applications.wrong));
    const wrong = all.review(applications.wrong);
    check(wrong.review === 'waiting', 'wrong: a person looks; the program refuses nobody', JSON.stringify(wrong));

    await walk('broken', '*:broken@0.5,*:garbled,seed=7');
    await walk('down', '*:down');
    await all.settled([applications.broken, applications.down], 100, 'broken and down');
    const broken = await all.waitsForPerson(applications.broken, '371503', 'broken');
    const down = await all.waitsForPerson(applications.down, '371503', 'down');
    await all.faults('');
    await all.askAgain(applications.broken, broken.reviewer, broken.silent, 'broken');
    await all.askAgain(applications.down, down.reviewer, down.silent, 'down');

    await walk('silent', '*:silent');
    await all.settled([applications.silent], 100, 'silent');
    const silent = await all.waitsForPerson(applications.silent, '371521', 'silent');
    await all.faults('');
    await all.askAgain(applications.silent, silent.reviewer, silent.silent, 'silent');

    check(all.healed > 0, 'a family that waited for a person only because nobody answered waits no more');

    // One fact, one number, however often it was sent.
    const numbers = JSON.parse((await request(authority.port, 'GET', '/numbers')).text);
    for (const [kind, n] of Object.entries(numbers)) {
        equal(n.numbers, n.questions, `${kind}: each fact is asked under one number`);
    }
    check(Object.values(numbers).some((n) => n.requests > n.numbers), 'some were asked more than once', JSON.stringify(numbers));
    equal(city.value("select count(*) from ask where state in ('queued', 'sent')"), 0, 'no question is open');
    const doubled = city.value('select count(*) from (select kind, subject from ask where asked_at > (select max(at) - 3600000 from journal) ' +
        'group by kind, subject having count(*) > 1) t');
    equal(doubled, 0, 'no fact has two questions');
    const metrics = (await request(server.port, 'GET', '/metrics')).text;
    check(/^jiaoti_\w*(ask|authority|department)\w*.* [1-9]/m.test(metrics), '/metrics tells of the departments');
    check(!/ error /.test(server.log), 'the log tells no error', server.log.slice(0, 600));
    equal(await server.stop(), 0, 'the server ends by itself');
    equal(await authority.stop(), 0, 'so does the stand-in');
    equal((await city.jiaoti(['journal', 'verify'])).code, 0, 'the journal is whole');
    say('departments');
}
