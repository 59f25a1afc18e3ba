// casework_pages.mjs PORT ACCOUNT TIMES PATH …: signs in as a demo account and prints, for each page, its status and the
// median milliseconds from asking to the last byte, one page after the other over one connection.
const [port, account, times, ...paths] = process.argv.slice(2);
const base = `http://127.0.0.1:${port}`;

const page = await fetch(`${base}/sign-in`);
const cookies = new Map();
const keep = (answer) => answer.headers.getSetCookie().forEach((line) => {
  const [name, value] = line.split(';')[0].split('=');
  cookies.set(name, value);
});
keep(page);
const cookie = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
const html = await page.text();
const form = html.slice(0, html.indexOf('name="account"'));
const action = [...form.matchAll(/<form[^>]* action="([^"]+)"/g)].at(-1)[1];
const fields = new URLSearchParams({ account });
for (const [, name, value] of form.slice(form.lastIndexOf('<form')).matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)) {
  fields.set(name, value);
}
keep(await fetch(base + action, { method: 'POST', body: fields, redirect: 'manual', headers: { cookie: cookie() } }));

const out = [];
for (const path of paths) {
  const each = [];
  let status = 0;
  for (let i = 0; i < Number(times); i++) {
    const since = process.hrtime.bigint();
    const answer = await fetch(base + path, { headers: { cookie: cookie() } });
    await answer.text();
    status = answer.status;
    each.push(Number(process.hrtime.bigint() - since) / 1e6);
  }
  each.sort((a, b) => a - b);
  out.push({ status, ms: each[Math.floor(each.length / 2)] });
}
console.log(JSON.stringify(out));
