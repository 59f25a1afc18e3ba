// The peer: the same page and the same durable submission by Express 5 and better-sqlite3, written as most teams would,
// and spared whatever is not the measurement: names are not sealed, templates are plain functions, no logging, no
// middleware beyond the body parser, sessions are cached in memory for 30 seconds as ours are.
//
//   PORT DATABASE PAGE SECRET [WORKERS] [RECORDING DRAFTS FROM]   in the environment
//
// PAGE is a status page of ours: what this page shows of its own rows is filled up with it to the same number of bytes.
// A submission runs what ours runs: the recording (bench/record.c) has its statements and values, so that not a line of
// rules costs the peer anything. The recording begins with draft number FROM of the list.
import cluster from 'node:cluster';
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import Database from 'better-sqlite3';
import express from 'express';

const settings = process.env;
const CACHE_MS = 30_000;

function openDatabase() {
  const db = new Database(settings.DATABASE);
  for (const pragma of ['journal_mode = wal', 'synchronous = full', 'foreign_keys = on', 'mmap_size = 2147418112',
    'temp_store = memory', 'cache_size = -65536', 'wal_autocheckpoint = 4000', 'busy_timeout = 20000']) {
    db.pragma(pragma);
  }
  return db;
}

// ---- Sessions ----

function sessionsOf(db) {
  const look = db.prepare(`select s.account, s.created_at, s.seen_at, a.roles, a.scope, a.institution from session s
    join account a on a.id = s.account where s.token_hash = ? and a.state = 'active'`);
  const cache = new Map();
  return (request) => {
    const cookie = /(?:^|; )jiaoti=([0-9a-f]{64})/.exec(request.headers.cookie ?? '');
    if (!cookie) {
      return null;
    }
    const hash = createHash('sha256').update(Buffer.from(cookie[1], 'hex')).digest();
    const key = hash.toString('latin1');
    const known = cache.get(key);
    if (known && Date.now() - known.at < CACHE_MS) {
      return known.session;
    }
    const row = look.get(hash);
    const session = row ? { ...row, hash } : null;
    cache.set(key, { at: Date.now(), session });
    return session;
  };
}

// ---- The status page ----

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (value) => String(value ?? '').replace(/[&<>"']/g, (c) => entities[c]);

function pageOf(db) {
  const subject = db.prepare(`select r.division, a.school, a.account, a.child, a.round, a.state, g.account as guardian
    from application a join round r on r.id = a.round
    left join guardian g on g.account = ? and g.child = a.child where a.id = ?`);
  const head = db.prepare(`select a.id, a.round, r.label, r.division, r.state as round_state, r.stage, r.year, r.policy,
    r.closes_at, r.publish_at, r.answer_by, a.account, a.child, a.state, a.step, a.receipt, a.review, a.review_level,
    a.review_reasons, a.unlocked, case when a.review = 'waiting' then case a.review_level when 'school' then
    (select count(*) from application b where b.school = a.school and b.review = 'waiting' and
    b.review_level = 'school' and b.queue_at <= a.queue_at and (b.queue_at < a.queue_at or b.id <= a.id)) else
    (select count(*) from application b where b.round = a.round and b.review = 'waiting' and
    b.review_level = 'county' and b.queue_at <= a.queue_at and (b.queue_at < a.queue_at or b.id <= a.id)) end
    else 0 end as position, a.begun_at, a.submitted_at, a.changed_at, a.version,
    case when r.state in ('published', 'ended') then o.how else null end as how, o.offer, o.rank, l.state as claim
    from application a join round r on r.id = a.round join child c on c.id = a.child
    left join outcome o on o.application = a.id left join claim l on l.offer = o.offer and l.subject = a.id
    where a.id = ?`);
  const choices = db.prepare(`select c.rank, c.offer, o.institution, i.name_zh, i.name_en, o.kind, c.distance,
    c.category, c.subrank, c.sibling from choice c join offer o on o.id = c.offer join institution i on
    i.id = o.institution where c.application = ? order by c.rank`);
  const news = db.prepare(`select 0 as what, kind, state, reason, request, asked_at, answered_at, 0 as id from fact where
    application = ?1 union all select 1, kind, detail, '', '', at, read_at, id from message where
    application = ?1 order by 1, 8 desc, 2`);
  const filling = readFileSync(settings.PAGE);

  const body = (a, wishes, rows) => `<h1>${escape(a.label)}</h1><dl><dt>State</dt><dd>${escape(a.state)}</dd>
<dt>Review</dt><dd>${escape(a.review)} ${escape(a.position)}</dd><dt>Receipt</dt><dd>${escape(a.receipt)}</dd>
<dt>Sent at</dt><dd>${escape(new Date(a.submitted_at ?? 0).toISOString())}</dd></dl>
<ol>${wishes.map((w) => `<li>${escape(w.name_zh)} ${escape(w.name_en)} ${escape(w.kind)} ${escape(w.distance)} m
${escape(w.category)} ${escape(w.subrank)}</li>`).join('')}</ol>
<ul>${rows.map((r) => `<li>${escape(r.kind)} ${escape(r.state)} ${escape(r.reason)} ${escape(r.asked_at)}
${escape(r.answered_at)}</li>`).join('')}</ul>`;

  const read = db.transaction((session, id) => {
    const s = subject.get(session.account, id);
    if (!s || s.guardian === null) {
      return null;
    }
    return body(head.get(id), choices.all(id), news.all({ 1: id }));
  });
  let rest = null;
  return (session, id) => {
    const own = read(session, id);
    if (own === null) {
      return null;
    }
    rest ??= filling.subarray(0, Math.max(0, filling.length - Buffer.byteLength(own))).toString();
    return own + rest;
  };
}

// ---- Submissions ----

const bytesOf = (value) => (value && typeof value === 'object' ? Buffer.from(value.x, 'hex') : value);

// application → its statements, from `begin immediate` to `commit`, without the savepoint.
async function readRecording(db) {
  const drafts = readFileSync(settings.DRAFTS, 'utf8').trim().split('\n').map((line) => Number(line.split(' ')[0]))
    .slice(Number(settings.FROM));
  const steps = new Map();
  let statements = null, current = null, writes = false, number = 0;
  for await (const line of createInterface({ input: createReadStream(settings.RECORDING) })) {
    const [which, ...values] = JSON.parse(line);
    if (!statements) {
      statements = [which, ...values].map((sql) => ({ sql, prepared: null }));
      continue;
    }
    const statement = statements[which];
    if (/^begin/i.test(statement.sql)) {
      current = [];
      writes = false;
    } else if (/^commit/i.test(statement.sql)) {
      if (writes) {
        steps.set(drafts[number++], current);
      }
    } else if (current && !/^(savepoint|release)/i.test(statement.sql)) {
      statement.prepared ??= db.prepare(statement.sql);
      writes ||= !statement.prepared.readonly;
      current.push([statement.prepared, Object.fromEntries(values.map((value, i) => [i + 1, bytesOf(value)]))]);
    }
  }
  return steps;
}

function keyHolds(session, path, key) {
  const random = String(key).slice(0, 32);
  const mac = createHmac('sha256', settings.SECRET).update(session.hash).update(path).update(random).digest('hex');
  const told = Buffer.from(String(key).slice(32));
  return told.length === 32 && timingSafeEqual(told, Buffer.from(mac.slice(0, 32)));
}

function submitterOf(db, recording) {
  return db.transaction((id) => {
    for (const [statement, values] of recording.get(id)) {
      if (statement.reader) {
        statement.all(values);
      } else {
        statement.run(values);
      }
    }
  }).immediate;
}

// ---- The server ----

async function serve() {
  const db = openDatabase();
  const session = sessionsOf(db);
  const page = pageOf(db);
  const recording = settings.RECORDING ? await readRecording(db) : new Map();
  const submit = submitterOf(db, recording);
  const app = express();
  app.disable('etag');
  app.disable('x-powered-by');
  app.get('/healthz', (request, response) => response.send('ok\n'));
  app.get('/apply/:id/status', (request, response) => {
    const who = session(request);
    const html = who && page(who, Number(request.params.id));
    if (html === null) {
      response.status(who ? 404 : 401).send('no');
      return;
    }
    response.set('Cache-Control', 'private, no-store').type('html').send(html);
  });
  app.post('/apply/:id/submit', express.urlencoded({ extended: false }), (request, response) => {
    const who = session(request);
    const id = Number(request.params.id);
    if (!who || !keyHolds(who, request.path, request.body.form_key) || request.body.true !== 'yes') {
      response.status(403).send('no');
      return;
    }
    if (!recording.has(id)) {
      response.status(404).send('no');
      return;
    }
    submit(id);
    recording.delete(id);
    response.redirect(303, `/apply/${id}/receipt`);
  });
  app.listen({ port: Number(settings.PORT), host: '127.0.0.1', backlog: 4096 });
}

const workers = Number(settings.WORKERS ?? 1);
if (workers > 1 && cluster.isPrimary) {
  for (let i = 0; i < workers; i++) {
    cluster.fork();
  }
  process.on('SIGTERM', () => {
    for (const worker of Object.values(cluster.workers)) {
      worker.kill();
    }
    process.exit(0);
  });
} else {
  await serve();
}
