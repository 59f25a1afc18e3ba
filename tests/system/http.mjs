// The pages from outside: who may see what, bad input, headers, signing in, stopping, departments that do not answer.
// Each part has a city of its own. http.mjs BUILD [PART …]: only these parts.
import { City, run, say } from './city.mjs';
import { badInput } from './http_input.mjs';
import { everyRoute } from './http_roles.mjs';
import { server } from './http_server.mjs';

const parts = { roles: everyRoute, input: badInput, server };
const [, , build, ...wanted] = process.argv;

await run(build, null, async () => {
    const city = await City.demo(0.01);
    say('a city');
    for (const [name, part] of Object.entries(parts)) {
        if (wanted.length === 0 || wanted.includes(name)) {
            await part(city.copy());
        }
    }
});
