// Forms that must not be lost where there is no network: what is filled in is kept on the device as it is filled in; sent
// forms wait there until the server has them. The page itself is kept by the worker (worker.js), so that it opens too.
import { forget, keep, kept } from './kept.js';
import { sendWaiting } from './send.js';

const english = document.documentElement.lang.startsWith('en');
const say = (zh, en) => (english ? en : zh);
const box = document.querySelector('[data-keep]');
const account = document.querySelector('[data-account]')?.dataset.account;

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

// ---- The worker, and pages to take along ----

async function takeAlong(pages) {
  if (!('serviceWorker' in navigator)) {
    return false;
  }
  await navigator.serviceWorker.register('/keep-worker.js');
  const worker = (await navigator.serviceWorker.ready).active;
  const assets = [...document.querySelectorAll('link[rel=stylesheet], link[rel=icon], script[src]')].map((e) => e.href ?? e.src);
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = (event) => resolve(event.data === true);
    worker.postMessage({ pages, assets }, [channel.port2]);
  });
}

// ---- What waits, as a list ----

const STATES = {
  draft: () => say('还没有交', 'not handed in'),
  waiting: () => say('等待送出', 'waits to be sent'),
  wrong: () => say('需要改正', 'to be put right'),
  moved: () => say('事项已由他人办理，这份没有送出', 'the case went on without it; it was not sent'),
};

async function showList() {
  const place = document.querySelector('[data-kept-list]');
  const records = account && place ? await kept(account) : [];
  if (!place) {
    return;
  }
  place.hidden = records.length === 0;
  const list = place.querySelector('ul');
  list.replaceChildren(...records.map((record) => {
    const item = document.createElement('li');
    const link = document.createElement('a');
    link.href = record.url;
    link.textContent = record.title;
    item.append(link, ` — ${STATES[record.state]()}`);
    if (record.state === 'moved') {
      const words = document.createElement('pre');
      words.textContent = record.fields.filter(([, value]) => value).map(([name, value]) => `${name}: ${value}`).join('\n');
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'govuk-button govuk-button--secondary';
      button.textContent = say('从这台手机上删去', 'Remove it from this phone');
      button.addEventListener('click', async () => { await forget(record.key); await showList(); });
      item.append(words, button);
    }
    return item;
  }));
}

// ---- A form ----

class KeptForm {
  constructor(form, note) {
    Object.assign(this, { form, note, url: form.getAttribute('action'), record: null, timer: 0, saving: Promise.resolve() });
  }

  tell(text) {
    this.note.hidden = !text;
    this.note.textContent = text;
  }

  collect(state) {
    const data = new FormData(this.form);
    const fields = [];
    const files = [];
    for (const [name, value] of data) {
      if (name === 'form_key' || name === 'client_key') {
        continue;
      }
      if (value instanceof File) {
        if (value.size) {
          files.push([name, value]);
        }
      } else {
        fields.push([name, value]);
      }
    }
    // Where a picture could not be put back into its input, it stays in the record.
    const again = (this.record?.files ?? []).filter(([name]) => !files.some(([each]) => each === name));
    return { key: this.record?.key ?? newKey(), account, url: this.url, title: document.querySelector('h1').textContent.trim()
      + ' · ' + (document.querySelector('[data-keep-title]')?.textContent.trim() ?? ''), state, fields, files: [...files, ...again],
    at: Date.now() };
  }

  save(state) {
    this.saving = this.saving.then(async () => {
      const record = this.collect(state);
      await keep(record);
      this.record = record;
    }).catch((error) => {
      this.tell(say(`这台手机存不下了（${error?.name}）：请有网络时再交`, `This phone cannot keep it (${error?.name}): hand it in where there is a network`));
      throw error;
    });
    return this.saving;
  }

  restore(record) {
    this.record = record;
    const values = new Map();
    record.fields.forEach(([name, value]) => values.set(name, [...(values.get(name) ?? []), value]));
    for (const element of this.form.elements) {
      const has = values.get(element.name);
      if (element.type === 'radio' || element.type === 'checkbox') {
        element.checked = has?.includes(element.value) ?? false;
      } else if (has && element.type !== 'hidden' && element.type !== 'file') {
        [element.value] = has;
      }
    }
    record.files.forEach(([name, file]) => this.putBack(name, file));
    const pictures = record.files.length;
    this.tell(say(`已恢复这台手机上存的内容${pictures ? `（含 ${pictures} 张照片或材料）` : ''}。`,
      `What this phone had kept is back${pictures ? ` (with ${pictures} pictures or papers)` : ''}.`));
  }

  // Into its input, so that it goes along however the form is sent. Old browsers cannot.
  putBack(name, file) {
    try {
      const all = new DataTransfer();
      all.items.add(file);
      this.form.elements[name].files = all.files;
    } catch {
      // it is sent from the record
    }
  }

  unanswered() {
    const groups = new Map();
    for (const radio of this.form.querySelectorAll('input[type=radio]')) {
      groups.set(radio.name, groups.get(radio.name) || radio.checked);
    }
    return [...groups.values()].filter((answered) => !answered).length;
  }

  async start() {
    const mine = (await kept(account)).find((record) => record.url === this.url);
    if (mine) {
      this.restore(mine);
    }
    const changed = () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.save(this.record?.state === 'wrong' ? 'wrong' : 'draft').catch(() => {}), 300);
    };
    this.form.addEventListener('input', changed);
    this.form.addEventListener('change', changed);
    this.form.addEventListener('submit', (event) => this.submit(event), { capture: true });
  }

  submit(event) {
    if (this.native || this.form.querySelector('input[type=file]:invalid')) {
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    clearTimeout(this.timer);
    this.handIn().catch(() => {});
  }

  async handIn() {
    const open = this.unanswered();
    if (!navigator.onLine && open) {
      await this.save('draft');
      this.tell(say(`还有 ${open} 项没有选，已存为草稿。`, `${open} items have no answer yet; it is kept as a draft.`));
      this.note.focus();
      return;
    }
    await this.save('waiting');
    this.handing = true;
    this.told = false;
    this.tell(say('正在送出……', 'Sending …'));
    await sendWaiting(account, (record, state) => this.learn(record, state));
    this.handing = false;
    if (!this.told) {
      this.tell(say('现在没有网络，已存在这台手机上。有网络时打开本系统就会自动送出，不会重复。',
        'There is no network: it is kept on this phone. It is sent by itself, once, when jiaoti is opened with a network.'));
      this.note.focus();
    }
  }

  // What became of a form that was sent: of this one, or of another.
  learn(record, state) {
    if (record.key !== this.record?.key) {
      return;
    }
    this.told = true;
    if (state === 'done') {
      window.location.assign(this.url.replace(/\/act\/.*/, ''));
    } else if (state === 'wrong' && this.handing) {
      this.sendByItself(); // the server's own page says what is wrong, beside each field
    } else if (state === 'wrong') {
      this.tell(say('服务器没有收下：请检查后再交一次。', 'The server did not take it: look it over and hand it in again.'));
    } else {
      window.location.assign('/cases');
    }
  }

  sendByItself() {
    this.native = true;
    this.form.elements.client_key.value = this.record.key;
    this.form.requestSubmit ? this.form.requestSubmit() : this.form.submit();
  }
}

async function start() {
  if (!account || !('indexedDB' in window)) {
    return;
  }
  const form = box ? new KeptForm(box.querySelector('form'), box.querySelector('[data-keep-note]')) : null;
  await form?.start(); // first: nothing typed may be lost while others are being sent
  const sendOthers = () => sendWaiting(account, (record, state) => form?.learn(record, state)).then(showList);
  window.addEventListener('online', sendOthers);
  setInterval(sendOthers, 60000);
  await showList();
  sendOthers();
  if (box) {
    await takeAlong([window.location.pathname]);
    box.dataset.keep = 'ready';
  }
  const along = document.querySelector('[data-take-along]');
  if (along) {
    const pages = [...document.querySelectorAll('[data-take]')].map((e) => e.dataset.take);
    along.hidden = pages.length === 0 || !('serviceWorker' in navigator);
    along.addEventListener('click', async () => {
      along.disabled = true;
      const good = await takeAlong(pages).catch(() => false);
      along.disabled = false;
      along.textContent = good ? say(`已存 ${pages.length} 份，没有网络也能填`, `${pages.length} are kept: they open without a network`)
        : say('没有存成，请再试一次', 'They could not be kept; try again');
    });
  }
}

start();
