// A small demo city with its two programs, for as long as the tests run.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

// The least scale at which the published county has children on waiting lists.
const SCALE = '0.03';
const PATIENCE_MS = 60000;

const program = path.resolve(process.env.BUILD ?? 'build', 'jiaoti');
const children = [];
let data;
let database;

export const city = { url: '', data: '', store: [] }; // store: what a command needs to find the same database

// The program's own commands, on files: no installation is opened beside the running server.
export function command(...words) {
  return execFileSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

// Rows of a query as arrays of text. Only to find whom to be; what a walk checks, it checks on pages.
export function find(sql) {
  const [tool, words] = database
    ? ['psql', [database, '-qAtF', '|', '-c', sql]]
    : ['sqlite3', ['-readonly', path.join(data, 'jiaoti.db'), sql]];
  return execFileSync(tool, words, { encoding: 'utf8' }).split('\n').filter(Boolean).map((row) => row.split('|'));
}

export function witnessSecret(label, witness) {
  return readFileSync(path.join(data, 'witness', `${label}-${witness}.txt`), 'utf8').trim();
}

// Starts a program and gives what `pattern` finds in its first words.
function start(words, pattern) {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  return new Promise((resolve, reject) => {
    let said = '';
    const timer = setTimeout(() => reject(new Error(`${words[0]} did not start:\n${said}`)), PATIENCE_MS);
    const hear = (bytes) => {
      said += bytes;
      const found = pattern.exec(said);
      if (found) {
        clearTimeout(timer);
        resolve(found[1]);
      }
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`${words[0]} ended with ${code}:\n${said}`));
    });
  });
}

// A database of its own beside the one of the URL.
function ownDatabase(url) {
  const own = url.replace(/^(postgres(?:ql)?:\/\/[^/]*\/)[^?]*/, '$1jiaoti_browser');
  assert.notEqual(own, url, `no database is named in ${url}`);
  for (const sql of ['drop database if exists jiaoti_browser', 'create database jiaoti_browser']) {
    execFileSync('psql', [url, '-qc', `set client_min_messages = warning`, '-c', sql], { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return own;
}

export async function openCity() {
  data = mkdtempSync(path.join(tmpdir(), 'jiaoti-browser-'));
  city.data = data;
  database = process.env.DB ? ownDatabase(process.env.DB) : '';
  const store = database ? ['--db', database] : [];
  city.store = store;
  command('demo', '--data', data, '--scale', SCALE, ...store);
  const authority = await start(['authority', '--data', data, '--port', '0'], /127\.0\.0\.1:(\d+)/);
  city.phone = `http://127.0.0.1:${authority}/phone`; // short messages as they arrive
  city.url = await start(
    ['serve', '--data', data, '--port', '0', '--authorities', `http://127.0.0.1:${authority}`, ...store],
    /(http:\/\/127\.0\.0\.1:\d+)\//,
  );
}

export async function closeCity() {
  await Promise.all(children.reverse().map((child) => new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    child.on('exit', resolve);
    child.kill('SIGTERM');
  })));
  if (data) {
    rmSync(data, { recursive: true, force: true });
  }
}
