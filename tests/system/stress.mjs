// The ledger of places under 64 clients, killed at random: runs ledger-stress (its story stands in ledger_stress.c) on a
// small demo city, then asks the program's own commands.
import fs from 'node:fs';
import path from 'node:path';
import { City, check, equal, run, runProgram, say } from './city.mjs';

const [, , build, url] = process.argv;
const seconds = Number(process.env.JIAOTI_STRESS_SECONDS ?? 60);

await run(build, url, async () => {
    const city = await City.demo(0.002);
    check(seconds >= 5, 'JIAOTI_STRESS_SECONDS is a number of seconds from 5', seconds);
    say(`64 clients for ${seconds} seconds`);
    const stress = path.resolve(build, 'tests/system/ledger-stress');
    check(fs.existsSync(stress), `${stress} is built`);
    const ran = await runProgram(stress, [city.data, city.url, String(seconds)], { seconds: seconds + 90 });
    say(ran.out.trim());
    equal(ran.code, 0, `ledger-stress: ${ran.err}`);
    const [, looks, actions] = /^(\d+) looks after a kill, (\d+) actions/.exec(ran.out) ?? [];
    check(Number(looks) >= seconds / 4, 'it was killed often', looks);
    check(Number(actions) >= seconds * 100, 'the clients did much', actions);
    for (const what of ['ledger', 'journal']) {
        const whole = await city.jiaoti([what, 'verify']);
        equal(whole.code, 0, `${what} verify: ${whole.err}`);
    }
    const states = city.rows('select state, count(*) as n from claim group by state order by state');
    check(states.length === 4, 'claims of every state were there', JSON.stringify(states));
    say('done');
});
