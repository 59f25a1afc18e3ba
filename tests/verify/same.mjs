// same.mjs WRITE_MANY WASM…: the C verifier as WebAssembly says the same as the native one, of right and of bent files:
// verdict, line, stage and words; and what it says of single tickets fits the file. Each module in turn.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Verifier } from '../../ui/verify/core.js';

const FILES = 96;
const [writeMany, ...modules] = process.argv.slice(2);
const folder = mkdtempSync(path.join(tmpdir(), 'jiaoti-verify-'));

// Every ticket of a right file: found by its digits, told, proved in both trees; a proof with a changed digit fails.
function lookUp(verifier, text) {
  const rows = text.split('\n').filter((line) => line.startsWith('applicant '));
  assert.ok(verifier.kept(), 'a right file is not kept');
  rows.forEach((row, i) => {
    const ticket = row.split(' ')[1];
    const found = verifier.find(ticket.slice(0, 16));
    assert.deepEqual(found, { count: 1, first: i });
    const told = verifier.tell(i);
    assert.equal(told.ticket, ticket);
    assert.equal(told.row, row);
    assert.equal(text.split('\n')[told.line - 1], row);
    assert.equal(text.split('\n')[told.placeLine - 1], told.placeRow);
    assert.ok(told.choices.filter((choice) => choice.verdict === 0).length === (told.how === 1 ? 1 : 0));
    for (const [table, hash] of [[0, 0], [0, 1], [1, 0], [1, 1]]) {
      const proof = verifier.proof(i, table, hash);
      assert.ok(proof.holds, `no proof in table ${table} by hash ${hash}`);
      assert.ok(proof.text.includes(table === 0 ? row : told.placeRow));
    }
  });
  assert.equal(verifier.find('0123456789abcdef').count, 0);
  assert.equal(verifier.tell(rows.length), null);
}

let looked = 0;
let right = 0;
try {
  const said = execFileSync(writeMany, ['bent', folder, String(FILES)], { encoding: 'utf8' }).trimEnd().split('\n');
  assert.equal(said.length, FILES);
  for (const file of modules) {
    const heard = [];
    const verifier = await Verifier.open(new WebAssembly.Module(readFileSync(file)), (done, total) => heard.push(done / total));
    for (const line of said) {
      const [number, ok, wrong, stage, message] = line.split('\t');
      const bytes = readFileSync(path.join(folder, `${number}.txt`));
      verifier.take(bytes);
      const report = verifier.verify();
      assert.deepEqual({ ok: report.ok, line: report.line, stage: report.stage, message: report.message },
        { ok: ok === '1', line: Number(wrong), stage: Number(stage), message }, `file ${number}`);
      assert.equal(report.signed.every((signature) => signature.holds), report.message !== 'the signature does not hold');
      if (!report.ok) {
        assert.equal(verifier.kept(), null);
      } else {
        right += 1;
        looked += report.signed.length;
        lookUp(verifier, bytes.toString());
      }
    }
    assert.ok(heard.length && heard.every((share) => share >= 0 && share <= 1), 'progress is no share');
  }
  assert.ok(right > FILES / 6 && right < FILES * modules.length, 'all files are right, or none');
  assert.ok(looked > 0, 'no signature was checked');
  console.log(`${FILES} files, ${modules.length} modules, ${right} times right, ${looked} signatures of these`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
