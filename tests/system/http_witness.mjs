// A witness without an account: the county's code, the kit from the witness's own disk, the two steps in their order.
import crypto from 'node:crypto';
import { Browser, check, equal, formOf, plain, say } from './city.mjs';

const SM3 = (hex) => crypto.createHash('sm3').update(Buffer.from(hex, 'hex')).digest('hex');

/** The kit as a download; its script, run without a page. */
async function kitOf(browser, round, label) {
    const answer = await browser.get(`/round/${round}/witness-kit.html`);
    equal(answer.status, 200, 'the kit is there');
    check(/^attachment/.test(answer.headers['content-disposition'] ?? ''), 'the kit is a download', answer.headers['content-disposition']);
    check(!/(?:src|href)\s*=\s*["']|https?:\/\/|url\(/.test(answer.text), 'the kit loads nothing');
    check(!/@[A-Z_]+@/.test(answer.text) && answer.text.includes(label), 'the kit names its round');
    const script = /<script>([\s\S]*)<\/script>/.exec(answer.text)[1];
    new Function(script)();
    const { kit } = globalThis;
    check(kit.SOUND, 'the kit computes the standard\'s example');
    for (let n = 0; n < 200; n++) {
        const bytes = crypto.randomBytes(n);
        if (kit.sm3([...bytes]) !== SM3(bytes.toString('hex'))) {
            check(false, `the kit's SM3 of ${n} bytes`);
        }
    }
    return kit;
}

export async function witness(city) {
    const server = await city.serve();
    const { id: round, label } = city.row("select id, label from round where division = '371502' and state = 'open' and " +
        "stage = 'primary' and parent is null");
    const officer = await new Browser(server.port).signIn(
        city.value("select id from account where roles = 16 and scope = '371502'"));
    const guest = new Browser(server.port);
    city.tamper(`update witness set commitment = null, committed_at = null where round = ${round} and id = 'notary'`);
    const giveCode = async () => {
        const where = `/county/round/${round}/witness-code`;
        const fields = formOf((await officer.get(`/county/round/${round}`)).text, where);
        const answer = await officer.post(where, { ...fields, witness: 'notary' });
        equal(answer.status, 200, 'a code is given out');
        check(/no-store/.test(answer.headers['cache-control']), 'the page with the code is not kept');
        const again = await officer.post(where, { ...fields, witness: 'notary' });
        check(!/([0-9A-Z]{5}-){3}[0-9A-Z]{5}/.test(again.text), 'the same form shows no code a second time');
        return /(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}/.exec(answer.text)?.[0] ?? '';
    };
    const code = await giveCode();
    check(code.length === 23, 'the code is on the page', code);
    equal(city.value(`select count(*) from witness where code_hash like '%${code.slice(0, 5)}%'`), 0, 'only its hash is kept');
    const kit = await kitOf(guest, round, label);
    const one = kit.makeSecret();
    equal(kit.readFile(kit.fileOf(one)).secret, one.secret, 'a saved file is read again');
    check(kit.readFile(kit.fileOf(one).replace(label, 'another')).problem, 'a file of another round is told');
    check(kit.readFile(kit.fileOf(one).replace(one.secret, '00'.repeat(32))).problem, 'a changed file is told');
    equal(one.commitment, SM3(one.secret), 'the commitment is the SM3 of the secret');
    const handIn = async (fields, step = 'commit') => {
        const where = `/round/${round}/witness/${step}`;
        const form = formOf((await guest.get(`/round/${round}/witness`)).text, `/round/${round}/witness/commit`);
        const key = step === 'commit' ? form.form_key : undefined;
        return guest.post(where, { ...form, ...fields, ...(key ? { form_key: key } : {}) });
    };
    const wrong = await handIn({ code: 'AAAAA-AAAAA-AAAAA-AAAAA', hex: one.commitment });
    equal(wrong.status, 422, 'another code is refused');
    check(/no such code/.test(plain(wrong.text)), 'and says so', plain(wrong.text).slice(0, 300));
    equal((await handIn({ code, hex: one.commitment })).status, 303, 'the commitment is taken');
    equal(city.value(`select commitment from witness where round = ${round} and id = 'notary'`), one.commitment, 'and kept');
    equal((await handIn({ code, hex: one.commitment })).status, 422, 'once');
    const early = await handIn({ code, hex: one.secret }, 'open');
    check([403, 422].includes(early.status), 'the secret is not taken before the list is final', early.status);
    equal(city.value(`select count(*) from witness where round = ${round} and id = 'notary' and secret is not null`), 0,
        'and nothing of it is kept');
    const page = plain((await guest.get(`/round/${round}`)).text);
    check(/a code was given out/.test(page), 'the public page says that a code was given out');
    equal(await server.stop(), 0, 'the server ends by itself');
    say('a witness without an account');
}
