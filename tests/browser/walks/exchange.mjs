// The register in and out by spreadsheets: a county officer takes a sheet, hands one in with mistakes, sees them beside
// their rows, hands in a good one, sees the difference, applies it and undoes it.
import assert from 'node:assert/strict';
import { find } from '../city.mjs';
import { walk } from '../walk.mjs';
import { DESKTOP_ZH, PHONE_EN } from '../worlds.mjs';

const headings = 'code,name_zh,level';

async function handIn(v, name, lines) {
  await v.go('/register/division/import');
  await v.page.locator('input[name=file]').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from([headings, ...lines].join('\n')) });
  await v.send('/register/division/import');
  return v.path;
}

async function takeTurn(enter, code) {
  const v = await enter();
  await v.signIn(find('select id from account where roles = 32 order by id limit 1')[0][0]);
  await v.go('/register/division/export');
  await v.picture('exchange-out');
  await v.go('/register/division/import');
  await v.send('/register/division/import', { status: 422 });
  await v.seesErrorAt('file');
  await handIn(v, 'spoiled.csv', [`${code},好行,township`, `${code},,nothing`]);
  await v.sees('不能采用', 'cannot be applied');
  await v.sees('重复', 'stands in row 2 already');
  await v.sees('不能为空', 'must be filled in');
  await v.picture('exchange-mistakes');
  const where = await handIn(v, 'good.csv', [`${code},湖西街道,township`]);
  await v.sees('湖西街道');
  await v.picture('exchange-difference');
  await v.send(`${where}/apply`, { status: 422 });
  await v.seesErrorAt('note');
  await v.fill('note', '新设街道');
  await v.send(`${where}/apply`);
  assert.equal(v.path, where);
  await v.sees('已采用', 'Applied');
  await v.fill('reason', '填错了');
  await v.send(`${where}/undo`);
  await v.sees('已撤回', 'undone');
}

walk('a sheet out and in', DESKTOP_ZH, (enter) => takeTurn(enter, '371502901'));
walk('a sheet out and in', PHONE_EN, (enter) => takeTurn(enter, '371502902'));
