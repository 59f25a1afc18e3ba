// Anybody checks a published round in the browser: right, and with one digit changed; finds the own entry by the code of
// the family's pages; keeps the page and uses it from the disk with no network. Without scripts the other ways are told.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { city, command, find } from '../city.mjs';
import { walk } from '../walk.mjs';
import { DESKTOP_EN_SCRIPTS, PHONE_EN, PHONE_ZH } from '../worlds.mjs';

// A published round, and a family of it whose child was refused somewhere.
function people(stage) {
  const [[round, seed]] = find(`select id, seed from round where state = 'published' and stage = '${stage}'`);
  const [[application, account]] = find('select a.id, a.account from outcome o join application a on a.id = o.application '
    + `where a.round = ${round} order by case when o.rank > 1 then 0 else 1 end, a.id limit 1`);
  return { round, seed, application, account };
}

// The first line at or behind the middle with a digit outside of its check has that digit changed.
function changeOneDigit(text) {
  const lines = text.split('\n');
  for (let i = Math.floor(lines.length / 2); i < lines.length; i += 1) {
    const at = lines[i].search(/\d/);
    if (at >= 0 && at < lines[i].length - 9) {
      lines[i] = lines[i].slice(0, at) + ((Number(lines[i][at]) + 1) % 10) + lines[i].slice(at + 1);
      return { text: lines.join('\n'), line: i + 1 };
    }
  }
  throw new Error('no digit in the transcript');
}

// What the program says of it: the line.
function lineByCommand(file) {
  try {
    command('verify', file);
  } catch (error) {
    return Number(/Line (\d+)/.exec(`${error.stdout}${error.stderr}`)[1]);
  }
  return 0;
}

async function checked(v, act) {
  await v.page.evaluate(() => { document.getElementById('verify-result').replaceChildren(); });
  await act();
  await v.page.locator('#verdict, #verify-status:has-text("fail"), #verify-status:has-text("没有核对成")').first().waitFor();
  assert.equal(await v.page.locator('#verdict').count(), 1, await v.text('#verify-status'));
  assert.equal(await v.page.evaluate(() => document.activeElement.id), 'verdict');
}

const chooseFile = (v, file) => checked(v, () => v.page.locator('#verify-file').setInputFiles(file));

async function findOwn(v, code) {
  // What an earlier look-up said stands there until the new one answers.
  await v.page.evaluate(() => document.getElementById('own-heading')?.removeAttribute('id'));
  await v.page.locator('#check-code').fill(code);
  await v.page.locator('#own-form button').click();
  await v.page.locator('#own-heading').waitFor();
}

for (const [world, stage] of [[PHONE_ZH, 'primary'], [DESKTOP_EN_SCRIPTS, 'junior']]) {
  walk('Anybody checks a round in the browser', world, async (enter) => {
    const { round, seed, application, account } = people(stage);

    // The family's pages give the code.
    const family = await enter();
    await family.signIn(account);
    await family.go(`/apply/${application}/receipt`);
    await family.sees('核对码', 'Check code');
    await family.go(`/apply/${application}/status`);
    await family.sees('核对码', 'check code');
    await family.go(`/apply/${application}/result`);
    const code = (await family.text('code.reference')).trim();
    assert.match(code, /^[0-9a-f]{16}$/);

    // Only this page may compute.
    const v = await enter();
    const policy = async (where) => (await v.context.request.get(city.url + where)).headers()['content-security-policy'];
    assert.match(await policy('/verify'), /script-src 'self' 'wasm-unsafe-eval'; worker-src 'self';/);
    assert.doesNotMatch(await policy('/check'), /unsafe/);

    // From the public page of the round to a right verdict.
    await v.go(`/round/${round}`);
    await v.follow(`a[href="/verify?round=${round}"]`);
    assert.equal(await v.page.locator('#verify-round').inputValue(), `/round/${round}/transcript.txt`);
    await checked(v, () => v.page.locator('#round-form button').click());
    await v.sees('这份记录是对的', 'This transcript is right');
    await v.sees(seed);
    await v.sees('notary');
    assert.equal(await v.page.locator('#verify').getAttribute('data-thread'), 'worker');
    await v.look(null, 200);
    await v.picture('verify');

    // The own entry, its proof, the reasons.
    await v.page.locator('#check-code').fill('xyz');
    await v.page.locator('#own-form button').click();
    await v.page.locator('#check-code-error').waitFor();
    await v.look(null, 200);
    await findOwn(v, code);
    await v.sees('包含证明已核对，成立', 'inclusion proof was checked and holds');
    assert.ok(await v.page.locator('#own-entry section.choice').count() >= 1, 'no explanation');
    await v.page.locator('#own-entry summary').first().click();
    await v.sees(`applicant ${code}`, `applicant ${code}`, '#own-entry');
    await v.look(null, 200);
    const proof = await v.download('#own-entry a[download]');
    writeFileSync(path.join(city.data, `proof-${world.lang}.txt`), proof.bytes);
    const transcript = await (await v.context.request.get(`${city.url}/round/${round}/transcript.txt`)).body();
    const [, root] = /^root sm3 ([0-9a-f]{64}) /m.exec(transcript.toString());
    assert.match(proof.bytes.toString(), new RegExp(`^root ${root} `, 'm'));
    await findOwn(v, 'ffffffffffffffff');
    await v.sees('没有找到', 'No entry of the list', '#own-entry');

    // One digit changed: the line, as the program says it. A proof by itself.
    const bent = changeOneDigit(transcript.toString());
    const file = path.join(city.data, `bent-${world.lang}.txt`);
    writeFileSync(file, bent.text);
    assert.equal(lineByCommand(file), bent.line);
    await chooseFile(v, file);
    await v.sees(`第 ${String(bent.line).replace(/\B(?=(\d{3})+$)/g, ',')} 行不对`, `Line ${String(bent.line).replace(/\B(?=(\d{3})+$)/g, ',')} is wrong`);
    assert.ok(await v.page.locator('#verify-own').isHidden());
    await v.look(null, 200);
    await chooseFile(v, path.join(city.data, `proof-${world.lang}.txt`));
    await v.sees('这份证明成立', 'This proof holds');

    // Markup in a file is text.
    writeFileSync(file, '<img src=x onerror=alert(1)> #00000000\n');
    await chooseFile(v, file);
    assert.equal(await v.page.locator('#verify-result img').count(), 0);
    await v.sees('<img src=x', '<img src=x');

    // The page that was kept: from the disk, with no network.
    const kept = await v.download('a[download="jiaoti-verify.html"]');
    assert.equal(kept.name, 'jiaoti-verify.html');
    const home = path.join(city.data, `kept-${world.lang}.html`);
    writeFileSync(home, kept.bytes);
    const good = path.join(city.data, `good-${world.lang}.txt`);
    writeFileSync(good, transcript);
    await v.context.setOffline(true);
    assert.deepEqual(v.problems.splice(0), []);
    await v.page.goto(pathToFileURL(home).href + v.say('', '#en'));
    await chooseFile(v, good);
    await v.sees('这份记录是对的', 'This transcript is right');
    await findOwn(v, code);
    await v.sees('包含证明已核对，成立', 'inclusion proof was checked and holds');
    await chooseFile(v, file);
    await v.sees('这份记录不对', 'This transcript is wrong');
    assert.equal(await v.page.locator('#verify').getAttribute('data-thread'), 'worker');

    // Where workers are refused it works on the page's own thread.
    await v.page.addInitScript(() => { window.Worker = undefined; });
    await v.page.reload();
    await chooseFile(v, good);
    await v.sees('这份记录是对的', 'This transcript is right');
    assert.equal(await v.page.locator('#verify').getAttribute('data-thread'), 'page');
    const asked = v.problems.splice(0);
    assert.ok(asked.every((problem) => /^loads from elsewhere: (file|blob):/.test(problem)), asked.join('\n'));
    await v.look(null, 200);
  });
}

walk('Without scripts the page tells the other ways', PHONE_EN, async (enter) => {
  const { round } = people('primary');
  const v = await enter();
  await v.go('/verify');
  await v.sees('jiaoti verify', 'jiaoti verify');
  await v.sees('', 'runs no scripts');
  assert.ok(await v.page.locator('#verify').isHidden());
  const transcript = await v.download(`a[href="/round/${round}/transcript.txt"]`);
  const file = path.join(city.data, 'plain.txt');
  writeFileSync(file, transcript.bytes);
  assert.equal(lineByCommand(file), 0);
  const kept = await v.download('a[download="jiaoti-verify.html"]');
  assert.ok(kept.bytes.toString().includes('wasm-fast'));
});
