// Processes, loads and figures of the bench.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

export const build = process.env.BUILD ?? 'build';
export const folder = process.env.BENCH_DATA ?? 'var/bench';
const loader = `${build}/bench/load`;

export const median = (list) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) / 2)];
export const note = (text) => process.stderr.write(`  ${text}\n`);
export const sleep = (ms) => new Promise((resume) => setTimeout(resume, ms));

// Runs a program to its end; its failure is an error with what it said.
export function run(program, args, options = {}) {
  const done = spawnSync(program, args.map(String), { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (done.signal === 'SIGINT' || done.signal === 'SIGTERM') {
    stopAll(); // ended from outside, and so are we: everything here waits for children, so no handler would run
    process.exit(130);
  }
  if (done.error || done.status !== 0) {
    const said = `${done.stderr ?? ''}`.trim().split('\n').slice(-3).join(' | ');
    throw new Error(`${program} ${args.slice(0, 3).join(' ')}: ${done.error?.message ?? said}`);
  }
  return done.stdout;
}

export const tool = (name, ...args) => run(`${build}/bench/${name}`, args);

// ---- Servers ----

const running = new Set();
let port = Number(process.env.BENCH_PORT ?? 19180);

// Starts a server; `command` gets its port. Waits for the first answer at `path`.
export function start(name, path, command, environment = {}) {
  const own = port++;
  const [program, ...args] = command(own).map(String);
  const log = `${folder}/${name}.log`;
  const [pid, since] = run(loader, ['start', log, '--', program, ...args],
    { env: { ...process.env, ...environment, PORT: String(own) } }).trim().split(' ');
  const server = { name, port: own, pid: Number(pid), log };
  running.add(server);
  try {
    server.firstMs = Number(run(loader, ['first', '--port', own, '--path', path, '--since', since, '--pid', pid]));
  } catch (error) {
    stop(server);
    throw new Error(`${name} did not start: ${error.message} ${readFileSync(log, 'utf8').slice(-400)}`);
  }
  return server;
}

export function stop(server) {
  running.delete(server);
  const alive = () => existsSync(`/proc/${server.pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${server.pid}/status`, 'utf8'));
  try {
    process.kill(server.pid, 'SIGTERM');
    for (let i = 0; i < 100 && alive(); i++) {
      execFileSync('sleep', ['0.1']);
    }
    process.kill(server.pid, 'SIGKILL');
  } catch {
    // it has ended
  }
}

export function stopAll() {
  for (const server of [...running]) {
    stop(server);
  }
}

// Memory of a process in MB: its own pages, and with the mapped database.
export function memory(server) {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  const of = (name) => Math.round(Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) / 1024);
  return { own: of('RssAnon'), all: of('VmRSS'), most: of('VmHWM') };
}

// Processor time that a process has used, in seconds.
export function processor(server) {
  const fields = readFileSync(`/proc/${server.pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

// ---- Loads ----

export function writeRequests(path, requests) {
  writeFileSync(path, requests.map((text) => `${Buffer.byteLength(text)}\n${text}`).join(''));
  return path;
}

export const get = (path, token) =>
  `GET ${path} HTTP/1.1\r\nHost: bench\r\nAccept: text/html\r\nCookie: jiaoti=${token}\r\n\r\n`;

export function post(path, token, form) {
  const body = new URLSearchParams(form).toString();
  return `POST ${path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-www-form-urlencoded\r\n` +
    `Content-Length: ${body.length}\r\nCookie: jiaoti=${token}\r\n\r\n${body}`;
}

// options: connections, status, marker, seconds, extract
export function load(server, requests, options) {
  const args = ['run', '--port', server.port, '--requests', requests];
  for (const [name, value] of Object.entries(options)) {
    args.push(`--${name}`, value);
  }
  const said = run(loader, args);
  return options.extract ? said.split('\n') : JSON.parse(said);
}

// One number of /metrics.
export function metric(server, name) {
  const text = execFileSync('curl', ['-s', '--max-time', '5', `http://127.0.0.1:${server.port}/metrics`], { encoding: 'utf8' });
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1] ?? NaN);
}
