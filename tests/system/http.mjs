// The pages from outside: who may see what, what the journal has of it, bad input, headers, signing in, stopping, departments that do not answer.
// Each part has a city of its own; the departments, who mostly wait, go beside the others.
// http.mjs BUILD [PGURL] [PART …]: on PostgreSQL; only these parts.
import { City, run, say } from './city.mjs';
import { departments } from './http_departments.mjs';
import { badInput } from './http_input.mjs';
import { journal } from './http_journal.mjs';
import { everyRoute } from './http_roles.mjs';
import { server } from './http_server.mjs';
import { witness } from './http_witness.mjs';

const [, , build, ...words] = process.argv;
const url = words.find((word) => word.startsWith('postgres'));
const parts = words.filter((word) => word !== url);
const wanted = (name) => parts.length === 0 || parts.includes(name);

await run(build, url, async () => {
    const city = await City.demo(0.01);
    say('a city');
    const beside = wanted('departments') ? departments(city.copy()) : null;
    beside?.catch(() => {}); // its failure is told below
    for (const [name, part] of Object.entries({ roles: everyRoute, journal, input: badInput, server, witness })) {
        if (wanted(name)) {
            await part(city.copy());
        }
    }
    await beside;
});
