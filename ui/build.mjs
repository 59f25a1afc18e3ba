// Builds styles and scripts into one C file: node ui/build.mjs OUT.c PAGE.html VERIFY.wasm VERIFY-PLAIN.wasm
// PAGE.html is the page that is saved from /verify, by itself.
// Each file gets a name with a hash of its content (so that a browser may keep it for ever), and is stored plain,
// gzipped and in brotli. The same input gives the same bytes on every machine.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import esbuild from 'esbuild';
import * as sass from 'sass';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const [out, savedFile, fastWasm, plainWasm] = process.argv.slice(2);

function styles() {
  const made = sass.compile(join(here, 'styles/app.scss'), {
    loadPaths: [join(root, 'node_modules')],
    style: 'compressed',
    quietDeps: true,
    silenceDeprecations: ['import', 'global-builtin'],
  });
  return esbuild.transformSync(made.css, { loader: 'css', minify: true, target: ['chrome80', 'safari13'] }).code;
}

function script(file, define = {}) {
  const made = esbuild.buildSync({
    entryPoints: [join(here, file)],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: ['chrome80', 'safari13'],
    charset: 'utf8',
    define,
  });
  return made.outputFiles[0].text;
}

// Leaflet's rules name pictures of markers and controls that no page of ours shows.
function plainStyles(file) {
  const made = esbuild.buildSync({
    entryPoints: [join(here, file)],
    bundle: true,
    minify: true,
    write: false,
    loader: { '.png': 'empty' },
    target: ['chrome80', 'safari13'],
  });
  return made.outputFiles[0].text;
}

// The page to keep: everything that /verify needs, in one file. A script's end may not stand inside a script.
function savedPage(css, worker) {
  const parts = {
    STYLES: css,
    SCRIPT: script('verify/saved.js', { WORKER: JSON.stringify(worker) }).replace(/<\/script/gi, '<\\/script'),
    FAST: readFileSync(fastWasm).toString('base64'),
    PLAIN: readFileSync(plainWasm).toString('base64'),
  };
  return readFileSync(join(here, 'verify/saved.html'), 'utf8').replace(/\/\*([A-Z]+)\*\//g, (all, name) => parts[name]);
}

const css = styles();
const worker = script('verify/worker.js');
const saved = savedPage(css, worker);
const javascript = 'text/javascript; charset=utf-8';
const files = [
  { name: 'app.css', type: 'text/css; charset=utf-8', bytes: Buffer.from(css) },
  { name: 'app.js', type: javascript, bytes: Buffer.from(script('app.js')) },
  { name: 'charts.js', type: javascript, bytes: Buffer.from(script('charts/charts.js')) },
  { name: 'map.css', type: 'text/css; charset=utf-8', bytes: Buffer.from(plainStyles('map/map.css')) },
  { name: 'map.js', type: javascript, bytes: Buffer.from(script('map/map.js')) },
  { name: 'scenario.js', type: javascript, bytes: Buffer.from(script('map/scenario.js')) },
  { name: 'keep.js', type: javascript, bytes: Buffer.from(script('keep/keep.js')) },
  { name: 'keep-worker.js', type: javascript, bytes: Buffer.from(script('keep/worker.js')) },
  { name: 'verify.js', type: javascript, bytes: Buffer.from(script('verify/site.js')) },
  { name: 'verify-worker.js', type: javascript, bytes: Buffer.from(worker) },
  { name: 'verify.wasm', type: 'application/wasm', bytes: readFileSync(fastWasm) },
  { name: 'verify-plain.wasm', type: 'application/wasm', bytes: readFileSync(plainWasm) },
  { name: 'jiaoti-verify.html', type: 'text/html; charset=utf-8', bytes: Buffer.from(saved) },
  { name: 'icon.svg', type: 'image/svg+xml', bytes: readFileSync(join(here, 'icon.svg')) },
];

function array(name, bytes) {
  const rows = [];
  for (let i = 0; i < bytes.length; i += 32) {
    rows.push(Array.from(bytes.subarray(i, i + 32)).join(','));
  }
  return `static const unsigned char ${name}[] = {\n${rows.join(',\n')}\n};\n`;
}

let code = '/* Made by ui/build.mjs. */\n#include "web/inside.h"\n\n';
let table = '';
files.forEach((file, i) => {
  const hash = createHash('sha256').update(file.bytes).digest('hex').slice(0, 10);
  const dot = file.name.lastIndexOf('.');
  const path = `/assets/${file.name.slice(0, dot)}.${hash}${file.name.slice(dot)}`;
  const gzip = gzipSync(file.bytes, { level: 9 });
  const brotli = brotliCompressSync(file.bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  code += array(`plain_${i}`, file.bytes) + array(`gzip_${i}`, gzip) + array(`brotli_${i}`, brotli);
  table += `    { "${file.name}", "${path}", "${file.type}", plain_${i}, gzip_${i}, brotli_${i}, `
    + `sizeof plain_${i}, sizeof gzip_${i}, sizeof brotli_${i} },\n`;
  console.log(`${file.name}: ${file.bytes.length} bytes, gzip ${gzip.length}, brotli ${brotli.length}`);
});
code += `\nconst struct asset assets[] = {\n${table}};\nconst size_t asset_count = ${files.length};\n`;
writeFileSync(out, code);
writeFileSync(savedFile, saved);
