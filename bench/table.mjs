// The table: rows are collected as they are measured and printed at once at the end, as text and as Markdown.
import { cpus, loadavg, totalmem } from 'node:os';

const columns = ['what', 'ours', 'peer', 'ratio', 'wanted', 'verdict'];
const rows = [];
const before = loadavg()[0].toFixed(1); // above 0.5 somebody else is at work, and the figures say so

export const count = (n) => Math.round(n).toLocaleString('en-US');

// wanted: { least } or { most } of the ratio, { holds, text } for another condition, { text, told } for what is not judged,
// or nothing.
export function row(what, ours, peer = '', ratio = null, wanted = null) {
  const met = wanted === null ? '' : wanted.holds ?? (wanted.least ? ratio >= wanted.least : ratio <= wanted.most);
  rows.push({
    what,
    ours,
    peer,
    ratio: ratio === null ? '' : ratio.toFixed(2),
    wanted: wanted === null ? '' : wanted.text ?? (wanted.least ? `≥ ${wanted.least}` : `≤ ${wanted.most}`),
    verdict: wanted === null || wanted.told ? 'for information' : met ? 'met' : 'NOT MET',
  });
  process.stderr.write(`  ${what}: ${ours}${peer ? ` · ${peer}` : ''}${ratio === null ? '' : ` · ${ratio.toFixed(2)}`}\n`);
}

export function missing(what, error) {
  rows.push({ what, ours: 'not measured', peer: error.message.slice(0, 160), ratio: '', wanted: '', verdict: 'MISSING' });
  process.stderr.write(`  ${what}: not measured: ${error.message}\n`);
}

export function machine() {
  return `${cpus().length} cores (${cpus()[0].model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB of memory, ` +
    `Node.js ${process.version}, load average before the run ${before}`;
}

const wide = (c) => c >= 0x1100 && (c <= 0x115f || (c >= 0x2e80 && c <= 0xffdc));
const width = (text) => [...text].reduce((n, c) => n + (wide(c.codePointAt(0)) ? 2 : 1), 0);

export function asText() {
  const widths = columns.map((c) => Math.max(width(c), ...rows.map((r) => width(r[c]))));
  const line = (r) => columns.map((c, i) => r[c] + ' '.repeat(widths[i] - width(r[c]))).join('  ').trimEnd();
  return [line(Object.fromEntries(columns.map((c) => [c, c]))), widths.map((n) => '-'.repeat(n)).join('  '),
    ...rows.map(line)].join('\n');
}

export function asMarkdown() {
  const line = (r) => `| ${columns.map((c) => r[c].replaceAll('|', '\\|')).join(' | ')} |`;
  return [`| ${columns.join(' | ')} |`, `|${columns.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}
