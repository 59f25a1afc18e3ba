// What a check found: right, or the first wrong line; and what was looked at, step by step.
import { h, hash, notice, number, say, table } from './dom.js';

const STAGES = () => [
  say('什么也没有', 'nothing'), say('名单', 'the list'), say('种子', 'the seed'), say('结果', 'the result'),
  say('结果和以后的变动', 'the result and the moves after it')];
const PARTS = () => ({
  list: say('名单', 'the list'), seed: say('种子', 'the seed'), result: say('结果', 'the result'), moves: say('变动', 'moves') });
export const MECHANISMS = () => [
  say('逐志愿录取（第一志愿优先）', 'wish by wish (first wishes first)'), say('多校志愿排序（延迟接受）', 'deferred acceptance'),
  say('电脑派位', 'a draw'), say('循环交换', 'top trading cycles')];

// The verifier's own words for the commonest faults, in Chinese.
const WORDS = {
  'the line does not fit its own check: it was changed after it was written': '这一行与它自己的校验码不符：写成以后被改动过',
  'the line is not as the format wants it': '这一行不合格式',
  'another line should stand here': '这里应当是另一行',
  'the line is not what follows from the lines before it': '这一行不是由前面各行推算出来的结果',
  'the root is not that of the lines before it': '根哈希与前面各行不符：其中有一行被改动过',
  'the hash is not that of the lines before it: one of them was changed': '哈希与前面各行不符：其中有一行被改动过',
  'the hash is not that of the rules before it: one of their lines was changed': '规则哈希与前面各行不符：规则里有一行被改动过',
  'the seed is not what follows from the list, the secrets and the public values': '种子不是由名单、密数和公共数值算出来的',
  'the opened secret is not the one committed to': '公开的密数不是当初封存的那一个',
  'the signature does not hold': '签名不成立',
  'the file ends here, in the middle of a part': '文件在这里中断，一个部分没有写完',
  'the last line is not complete': '最后一行不完整',
  'the line has no check': '这一行没有校验码',
  'somebody else stands first on the waiting list': '候补名单上排在第一的是别人',
  'the child was not there before the move': '变动以前孩子不在那里',
  'the offer has no free place of this kind': '这所学校没有空出的这种学位',
  'this program does not know this version of the format': '这个程序不认识这种格式版本',
  'not enough memory': '内存不够',
};

function wrong(report) {
  const words = say(WORDS[report.message] || `不对：${report.message}`, report.message);
  const where = report.line ? say(`第 ${number(report.line)} 行不对`, `Line ${number(report.line)} is wrong`) : say('没有核对完', 'Not checked to the end');
  return [
    notice('red', say('这份记录不对', 'This transcript is wrong'), h('h2', { class: 'govuk-notification-banner__heading', id: 'verdict', tabindex: '-1' }, where), h('p', null, words)),
    report.line ? h('dl', { class: 'problem' }, h('dt', null, say('文件里写的是', 'The file says')), h('dd', null, h('code', { class: 'hash' }, report.found || '–')),
      h('dt', null, say('应当是', 'It should be')), h('dd', null, h('code', { class: 'hash' }, report.expected || '–'))) : null,
    h('p', null, say('这一行以前的内容都核对过了。请把行号告诉公布记录的教体局，并与别人下载的文件对照：也可能只是您的文件在传送中损坏了。',
      'All lines before it were checked. Tell the bureau that published the transcript this number, and compare with somebody else’s copy: yours may only have been damaged on its way.')),
  ];
}

const step = (title, ...children) => h('li', { class: 'timeline__item' }, h('p', { class: 'timeline__title' }, title), ...children);
const later = (title) => h('li', { class: 'timeline__item timeline__item--open' }, h('p', { class: 'timeline__title' }, title),
  h('p', { class: 'timeline__time' }, say('这份文件还没有写到这里。', 'The file does not go that far.')));

function seedStep(report, loaded) {
  const title = say('种子由见证人的密数算出', 'The seed follows from the witnesses’ secrets');
  if (report.stage < 2) {
    return later(title);
  }
  const witnesses = loaded ? loaded.witnesses.map((w) => h('li', null, h('strong', null, w.name), ' ',
    w.secret === null ? say('（没有公开密数）', '(did not open)') : say('✓ 密数与封存值相符', '✓ the secret is what was sealed'),
    h('br'), say('封存值 ', 'sealed '), hash(w.commitment), ...(w.secret === null ? [] : [h('br'), say('密数 ', 'secret '), hash(w.secret)]))) : [];
  return step(title,
    h('p', null, say(`${report.witnesses} 位见证人，${report.opened} 位公开了密数；每个密数的哈希都等于截止前封存的值。`,
      `${report.witnesses} witnesses, ${report.opened} of whom opened their secret; each secret’s hash is what was sealed before the close.`)),
    h('ul', { 'aria-label': say('见证人', 'Witnesses') }, ...witnesses),
    loaded && loaded.publics.length ? table(say('公共数值', 'Public values'), [say('名称', 'Name'), say('数值', 'Value')], loaded.publics.map((p) => [p.name, p.value])) : null,
    h('p', null, say('种子 ', 'Seed '), hash(report.seed)));
}

function runSteps(report) {
  const run = say('派位重算一遍', 'The allotment, run again');
  if (report.stage < 3) {
    return [later(run)];
  }
  return [
    step(run, h('p', null, MECHANISMS()[report.mechanism]), h('p', null, say(
      `按志愿录取 ${number(report.byChoice)} 人，统筹安排 ${number(report.byBalance)} 人，未安排 ${number(report.unplaced)} 人。`,
      `By wish ${number(report.byChoice)}, by balance ${number(report.byBalance)}, not placed ${number(report.unplaced)} children.`)),
      report.added ? h('p', null, say(`为同胞增加学位 ${report.added} 个。`, `${report.added} places were added for siblings.`)) : null,
      report.passedOver ? h('p', null, say(`没有稳定的结果：${report.passedOver} 份被越过，记录里已写明。`, `No stable answer was found: ${report.passedOver} were passed over, named in the file.`)) : null,
      h('p', null, say('结果的根 ', 'Root of the places '), hash(report.placesRoot))),
    step(say('每所学校的录取线和人数', 'Cut-offs and counts of each school'), h('p', null, say(
      `${number(report.offers)} 所学校逐一对照；没有人被排在后面的人越过，没有学位空着而有人想要。`,
      `${number(report.offers)} schools compared; nobody was passed over by somebody who stood behind, and no wished-for place stayed empty.`)),
      report.audited ? h('p', null, say(`抽出 ${number(report.audited)} 份再查材料。`, `${number(report.audited)} files were drawn to be looked at once more.`)) : null),
    report.balance ? step(say('统筹安排的证明', 'The proofs of balance'), h('p', null, say(
      '安排的人数不能更多，最远的距离不能更短，总距离不能更小：三个证明都成立。',
      'No more children could be placed, no smaller greatest distance exists, and no smaller total: all three proofs hold.'))) : null,
    report.moves ? step(say('公布以后的变动', 'Moves after the publication'), h('p', null, say(
      `${number(report.moves)} 次变动，每一次都符合候补次序。`, `${number(report.moves)} moves, each as the waiting lists demand.`))) : null,
  ];
}

function signatureStep(report) {
  const title = say('签名', 'Signatures');
  if (!report.signed.length) {
    return step(title, h('p', null, say('这份文件没有签名。', 'The file has none.')));
  }
  return step(title, ...report.signed.map((s) => h('div', null,
    h('p', null, s.checked ? say(`${PARTS()[s.part]}，签名成立，署名：${s.by}`, `${PARTS()[s.part]}: holds, signed by ${s.by}`)
      : say(`${PARTS()[s.part]}，署名：${s.by}；您的浏览器太旧，没有核对这个签名`, `${PARTS()[s.part]}, by ${s.by}: your browser is too old, this signature was not checked`)),
    h('p', null, say('公钥 ', 'Key '), hash(s.key)))),
  h('p', null, say('公钥是不是公布的那一个，请自己对照。', 'Whether these keys are the published ones is for you to compare.')));
}

function compare(report) {
  const rows = [[say('规则哈希', 'Rules’ hash'), hash(report.rules)], [say('名单的根', 'Root of the list'), hash(report.root)],
    [say('名单条数', 'Entries'), number(report.applicants)]];
  if (report.stage >= 2) {
    rows.push([say('种子', 'Seed'), hash(report.seed)]);
  }
  return [h('h3', null, say('请与公开页面对照', 'Compare with the public page')),
    h('p', null, say('下面几项应当与截止时公开页面上的、您记下来的完全一样。一样，名单和规则就没有换过。',
      'These should be exactly what the public page showed at the close, and what you noted then. If so, list and rules were not exchanged.')),
    table(say('请对照', 'To compare'), [say('项目', 'What'), say('数值', 'Value')], rows)];
}

function right(report, loaded, milliseconds) {
  return [
    notice('green', say('核对结果', 'What the check found'),
      h('h2', { class: 'govuk-notification-banner__heading', id: 'verdict', tabindex: '-1' }, say('这份记录是对的', 'This transcript is right')),
      h('p', null, say(`${report.round}：${number(report.lines)} 行全部核对，直到${STAGES()[report.stage]}。用时 ${(milliseconds / 1000).toFixed(1)} 秒。`,
        `${report.round}: all ${number(report.lines)} lines were checked, up to ${STAGES()[report.stage]}, in ${(milliseconds / 1000).toFixed(1)} seconds.`))),
    h('h3', null, say('核对了什么', 'What was checked')),
    h('ol', { class: 'timeline' },
      step(say('每一行', 'Every line'), h('p', null, say('格式和校验码都对。', 'Form and check are right.'))),
      step(say('规则', 'The rules'), h('p', null, hash(report.rules))),
      step(say('名单', 'The list'), h('p', null, say(`${number(report.applicants)} 份报名，${number(report.children)} 名孩子，${number(report.offers)} 所学校`,
        `${number(report.applicants)} entries, ${number(report.children)} children, ${number(report.offers)} schools`)),
      h('p', null, say('根（SM3）', 'Root (SM3) '), hash(report.root)), h('p', null, say('根（SHA-256）', 'Root (SHA-256) '), hash(report.rootSha256))),
      seedStep(report, loaded),
      report.stage >= 3 ? step(say('顺序号', 'Draw numbers'), h('p', null, say('每份报名的顺序号都由种子重新算出。', 'Each entry’s draw number was computed again from the seed.'))) : null,
      ...runSteps(report),
      signatureStep(report)),
    ...compare(report),
  ];
}

export const verdict = (report, loaded, milliseconds) => (report.ok ? right(report, loaded, milliseconds) : wrong(report));

// Of a proof file alone.
export function proofVerdict(report) {
  if (!report.ok) {
    return wrong(report);
  }
  return [
    notice('green', say('核对结果', 'What the check found'), h('h2', { class: 'govuk-notification-banner__heading', id: 'verdict', tabindex: '-1' },
      say('这份证明成立', 'This proof holds')), h('p', null, report.round)),
    table(say('请与公开页面对照', 'Compare with the public page'), [say('项目', 'What'), say('数值', 'Value')], [
      [report.table === 0 ? say('名单的根', 'Root of the list') : say('结果的根', 'Root of the places'), hash(report.root)],
      [say('条数', 'Entries'), number(report.applicants)], [say('这份报名', 'The entry'), hash(report.ticket)]]),
  ];
}
