// The page on which a transcript is checked: builds itself into one element. The same on the site and in the page that
// was saved from it; `where` says which: { online, rounds: [{ name, address }], bytes(fast), newWorker() }.
import { openEngine } from './engine.js';
import { h, number, say } from './dom.js';
import { proofVerdict, verdict } from './verdict.js';
import { ownEntry } from './own.js';

const FEWEST_DIGITS = 8;

export function build(root, where) {
  const progress = h('progress', { max: '100', value: '0', 'aria-label': say('核对进度', 'Progress of the check') });
  const status = h('p', { id: 'verify-status', role: 'status', 'aria-live': 'polite' });
  const bar = h('div', { class: 'bar', hidden: true }, progress);
  const result = h('div', { id: 'verify-result' });
  const own = h('div', { id: 'verify-own', hidden: true });
  let engine = null;
  let loaded = null;
  let busy = false;

  function hear(share) {
    progress.value = Math.round(share * 100);
    progress.textContent = `${progress.value}%`;
  }

  // ---- One's own entry ----

  const code = h('input', { class: 'govuk-input govuk-input--width-20', id: 'check-code', autocomplete: 'off', autocapitalize: 'none',
    spellcheck: 'false', 'aria-describedby': 'check-code-hint' });
  const codeError = h('p', { class: 'govuk-error-message', id: 'check-code-error', role: 'alert', hidden: true });
  const entry = h('div', { id: 'own-entry' });
  async function look(event) {
    event.preventDefault();
    const typed = code.value.toLowerCase().replace(/[\s-]/g, '').normalize('NFKC');
    const fine = /^[0-9a-f]+$/.test(typed) && typed.length >= FEWEST_DIGITS && typed.length <= 64;
    codeError.hidden = fine;
    codeError.textContent = fine ? '' : say(`核对码只有数字和字母 a 到 f，一般是 16 位，至少输入 ${FEWEST_DIGITS} 位。`,
      `A check code has digits and the letters a to f only, usually 16; type at least ${FEWEST_DIGITS}.`);
    code.setAttribute('aria-invalid', String(!fine));
    code.setAttribute('aria-describedby', fine ? 'check-code-hint' : 'check-code-error check-code-hint');
    if (!fine || busy) {
      return;
    }
    busy = true;
    status.textContent = say('正在查找并核对证明……', 'Looking it up, and checking its proof …');
    try {
      const found = await engine('find', typed);
      entry.replaceChildren(...ownEntry(found, loaded, where).filter(Boolean));
      status.textContent = '';
      document.getElementById('own-heading').focus();
    } catch (error) {
      status.textContent = say('没有查成：', 'This failed: ') + error.message;
    }
    busy = false;
  }
  own.append(h('h2', null, say('找到自己', 'Find yourself')),
    h('form', { novalidate: true, id: 'own-form' }, h('div', { class: 'govuk-form-group' },
      h('label', { class: 'govuk-label', for: 'check-code' }, say('核对码', 'Check code')),
      h('div', { class: 'govuk-hint', id: 'check-code-hint' }, say('印在回执、进度页、结果页和入学通知书上，16 位。', 'Printed on the receipt, the status and result pages and the notice: 16 characters.')),
      codeError, code), h('button', { class: 'govuk-button' }, say('查找', 'Find'))), entry);
  own.querySelector('form').addEventListener('submit', look);

  // ---- A file ----

  async function checkFile(source) {
    const begun = performance.now();
    const { proof, bytes } = await engine('take', source);
    status.textContent = say(`正在核对 ${number(Math.ceil(bytes / 1024))} KB ……`, `Checking ${number(Math.ceil(bytes / 1024))} KB …`);
    if (proof) {
      return proofVerdict(await engine('verifyProof'));
    }
    const report = await engine('verify');
    const took = performance.now() - begun;
    root.dataset.took = String(Math.round(took));
    loaded = await engine('kept');
    return verdict(report, loaded, took);
  }

  // Begun as soon as somebody reaches for a file, so that the module is compiled when it is chosen.
  let opening = null;
  function open() {
    opening = opening || openEngine({ ...where, hear });
    opening.catch(() => { opening = null; }); // the next try begins again
    return opening;
  }

  async function check(source) {
    if (busy) {
      return;
    }
    busy = true;
    loaded = null;
    hear(0);
    bar.hidden = false;
    own.hidden = true;
    entry.replaceChildren();
    result.replaceChildren();
    status.textContent = say('正在读文件……', 'Reading the file …');
    try {
      if (!engine) {
        const opened = await open();
        engine = opened.ask;
        root.dataset.thread = opened.thread;
      }
      const shown = await checkFile(source);
      result.replaceChildren(...shown.filter(Boolean));
      own.hidden = !loaded;
      status.textContent = say('核对完毕。', 'Done.');
      document.getElementById('verdict').focus();
    } catch (error) {
      status.textContent = say('没有核对成：', 'The check failed: ') + error.message;
    }
    bar.hidden = true;
    busy = false;
  }

  const input = h('input', { class: 'govuk-file-upload', id: 'verify-file', type: 'file', accept: '.txt,text/plain' });
  input.addEventListener('click', () => {
    input.value = ''; // the same file may be chosen again
    open().catch(() => {});
  });
  input.addEventListener('change', () => input.files.length && check(input.files[0]));
  const drop = h('div', { class: 'verify-drop' }, h('div', { class: 'govuk-form-group' },
    h('label', { class: 'govuk-label', for: 'verify-file' }, say('用您设备上的文件', 'Use a file on your device')),
    h('div', { class: 'govuk-hint', id: 'verify-file-hint' }, say('全过程记录（或一份证明），可以拖到这里。', 'A transcript, or a proof; you may drag it here.')), input));
  input.setAttribute('aria-describedby', 'verify-file-hint');
  drop.addEventListener('dragover', (event) => { event.preventDefault(); drop.classList.add('verify-drop--over'); });
  drop.addEventListener('dragleave', () => drop.classList.remove('verify-drop--over'));
  drop.addEventListener('drop', (event) => {
    event.preventDefault();
    drop.classList.remove('verify-drop--over');
    if (event.dataTransfer.files.length) {
      check(event.dataTransfer.files[0]);
    }
  });

  let choose = null;
  if (where.rounds.length) {
    const select = h('select', { class: 'govuk-select', id: 'verify-round' },
      ...where.rounds.map((round) => h('option', { value: round.address, selected: round.chosen }, round.name)));
    choose = h('form', { class: 'filter', id: 'round-form' }, h('div', { class: 'govuk-form-group' },
      h('label', { class: 'govuk-label', for: 'verify-round' }, say('选一次已公布的招生', 'Choose a published round')), select),
    h('button', { class: 'govuk-button' }, say('下载并核对', 'Fetch and check')));
    choose.addEventListener('submit', (event) => {
      event.preventDefault();
      check(new URL(select.value, document.baseURI).href);
    });
  }
  root.replaceChildren(...[choose, drop, bar, status, result, own].filter(Boolean));
  root.hidden = false;
}
