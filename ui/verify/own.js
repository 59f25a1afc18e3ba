// One's own entry: the line, its proofs, the result and why. Persons stand here only as counts and categories.
import { h, hash, notice, number, say, table } from './dom.js';

const CHOICE = 1;
const BALANCED = 2;
const REASONS = () => ['', say('志愿学校都满了，这次的规则没有统筹安排', 'every wish is full, and these rules have no balance'),
  say('志愿学校都满了，家长选择了不参加统筹', 'every wish is full, and the family did not want to be balanced'),
  say('不知道住在哪个小区或村', 'no home community is known'),
  say('够得着的学校都没有空学位了', 'no school within reach has a place left'),
  say('同一片的学位不够，顺序号排在后面', 'there are fewer places than children in this area, and the draw number stands behind')];
const MOVES = () => [say('放弃了学位', 'gave the place back'), say('从候补名单得到学位', 'got a place from the waiting list'),
  say('轮到候补，没有要', 'was asked from the waiting list and did not want it'), say('补录', 'placed by a later decision'),
  say('学位被收回', 'the place was taken back')];
const WHOM = () => ['', say('（一类孩子优先的学位）', ' (places where members of a group come first)'),
  say('（专留的学位）', ' (places kept for a group)'), say('（不含某类孩子的学位）', ' (places that members of a group cannot have)')];

const school = (id, where) => (where.online && /^\d{10}$/.test(id) ? h('a', { href: `/school/${id}` }, id) : id);
const place = (id) => (id === undefined ? '–' : id);

function standing(own) {
  return own ? [say(`类别 ${own.category}`, `category ${own.category}`), say(`次序 ${number(own.priority)}`, `priority ${number(own.priority)}`), h('br'),
    say('顺序号 ', 'draw number '), hash(own.lot)] : say('没有人', 'nobody');
}

// What separated this entry from the last one admitted.
function decided(choice) {
  const { own, last, admitted } = choice;
  const full = say(`录取了 ${number(admitted)} 人，${number(choice.before)} 人排在您孩子前面。`,
    `${number(admitted)} were admitted, ${number(choice.before)} of whom stood before your child.`);
  switch (choice.decided) {
    case 1: return say('这里没有您孩子可以要的学位。', 'There was no place here that your child could have.');
    case 2: return full + say(`这所学校先录取把它排得更靠前的孩子：最后录取的是第 ${last.rank} 志愿，您的是第 ${own.rank} 志愿。`,
      ` Who listed it at a better rank came first: the last admitted had it as wish ${last.rank}, yours is wish ${own.rank}.`);
    case 3: return full + say('这些学位先给某一类孩子。', ' Members of a group came first.');
    case 4: return full + say(`最后录取的是类别 ${last.category}、次序 ${number(last.priority)}；您孩子是类别 ${own.category}、次序 ${number(own.priority)}，排在后面。`,
      ` The last admitted had category ${last.category}, priority ${number(last.priority)}; your child has category ${own.category}, priority ${number(own.priority)}, which stands behind.`);
    case 5: return full + say('与最后录取的孩子次序相同，由顺序号决定：小的在前。', ' The last admitted had the same priority; the draw number decided: the smaller comes first.');
    case 6: return full + say('还有空学位，但不够几个孩子一起要的数目。', ' Places were left, but not as many as the children need together.');
    default: return '';
  }
}

// What would have sufficed, against the cut-offs as they are.
function change(choice) {
  const ways = [];
  if (choice.otherPriority) {
    ways.push(say(`次序在 ${number(choice.priority)} 或更前（类别 ${choice.category} 或更前）、顺序号不变`,
      `priority ${number(choice.priority)} or better (category ${choice.category} or better) with the same draw number`));
  }
  if (choice.otherLot) {
    ways.push(say('顺序号比最后录取者的小、其他不变', 'a draw number smaller than that of the last admitted, everything else unchanged'));
  }
  return ways.length ? h('p', null, say('怎样就能录取：', 'What would have sufficed: '), ways.join(say('；或者', '; or ')), say('。', '.')) : null;
}

function choiceSection(choice, index, where) {
  const verdicts = [[say('录取', 'Admitted'), 'green'], [say('未录取', 'Not admitted'), 'red'], [say('不需要', 'Not needed'), 'grey']];
  const [word, colour] = verdicts[choice.verdict];
  const body = [];
  if (choice.verdict === 1) {
    body.push(h('p', null, decided(choice)));
    if (choice.last) {
      body.push(table(say('与最后录取者比较', 'Beside the last one admitted'), [say('谁', 'Who'), say('类别、次序、顺序号', 'Category, priority, draw number')],
        [[say('您的孩子', 'Your child'), h('span', null, ...[standing(choice.own)].flat())], [say('最后录取', 'Last admitted'), h('span', null, ...[standing(choice.last)].flat())]]));
    }
    body.push(change(choice));
    if (choice.waiting) {
      body.push(h('p', null, say(`结果公布时排在候补第 ${number(choice.waiting)}。`, `When the result was made, number ${number(choice.waiting)} on the waiting list.`)));
    }
  } else if (choice.verdict === 0) {
    body.push(h('p', null, say(`录取了 ${number(choice.admitted)} 人，计划 ${number(choice.places)} 个学位${WHOM()[choice.whom]}。`,
      `${number(choice.admitted)} were admitted to ${number(choice.places)} places${WHOM()[choice.whom]}.`)));
  } else {
    body.push(h('p', null, say('更靠前的志愿已经录取。', 'A better wish was granted.')));
  }
  return h('section', { class: 'choice' }, h('h4', null, say(`第 ${index + 1} 志愿：`, `Wish ${index + 1}: `), school(choice.id, where), ' ',
    h('strong', { class: `govuk-tag govuk-tag--${colour}` }, word)), ...body);
}

function outcome(told, loaded, where) {
  if (told.how === CHOICE) {
    return [say(`第 ${told.rank} 志愿录取：`, `Admitted by wish ${told.rank}: `), school(told.id, where)];
  }
  if (told.how === BALANCED) {
    const far = told.steps !== undefined && loaded.step ? say(`，距离约 ${number(told.steps * loaded.step)} 米`, `, about ${number(told.steps * loaded.step)} metres away`) : '';
    return [say('统筹安排到：', 'Placed by balance: '), school(told.id, where), far];
  }
  return [say('没有安排学位：', 'Not placed: '), REASONS()[told.reason]];
}

function line(title, at, text) {
  return h('details', { class: 'govuk-details' },
    h('summary', { class: 'govuk-details__summary' }, h('span', { class: 'govuk-details__summary-text' }, title, say(`：第 ${number(at)} 行`, `: line ${number(at)}`))),
    h('div', { class: 'govuk-details__text' }, hash(text)));
}

// A proof to keep: as a file of this page's own making.
function keep(proof, name) {
  const url = URL.createObjectURL(new Blob([proof.text], { type: 'text/plain' }));
  return h('a', { href: url, download: name }, say('保存这份证明', 'Keep this proof'));
}

export function ownEntry(found, loaded, where) {
  if (found.count !== 1) {
    return [notice('yellow', say('没有找到', 'Not found'), h('p', { class: 'govuk-notification-banner__heading', tabindex: '-1', id: 'own-heading' }, found.count === 0
      ? say('名单里没有以这个核对码开头的报名。请核对每一位，并看看选的是不是您那次招生。', 'No entry of the list begins with this check code. Check each character, and whether this is your round.')
      : say(`有 ${number(found.count)} 份报名以它开头：请多输入几位。`, `${number(found.count)} entries begin with it: type more of it.`)))];
  }
  const { told, proofs } = found;
  const good = proofs.every((proof) => proof.holds);
  const list = h('p', null, say(`在名单里：${number(told.applicants)} 份报名中的第 ${number(told.index + 1)} 份。`,
    `It is in the list: entry ${number(told.index + 1)} of ${number(told.applicants)}. `),
  good ? say('包含证明已核对，成立。', 'Its inclusion proof was checked and holds.') : say('包含证明不成立！', 'Its inclusion proof does not hold!'));
  const parts = [
    notice(told.choices && told.how === 0 ? 'yellow' : 'green', say('您的孩子', 'Your child'),
      h('p', { class: 'govuk-notification-banner__heading', tabindex: '-1', id: 'own-heading' },
        ...(told.choices ? outcome(told, loaded, where) : [say('名单里有这一份；结果还没有写进这份文件。', 'The entry is in the list; the file has no result yet.')])), list),
    line(say('名单里的这一行', 'The line in the list'), told.line, told.row),
    told.placeRow ? line(say('结果里的这一行', 'The line in the result'), told.placeLine, told.placeRow) : null,
    h('p', null, ...proofs.map((proof, i) => [i ? ' · ' : '', i === 0 ? say('名单：', 'List: ') : say('结果：', 'Result: '),
      keep(proof, i === 0 ? 'proof-list.txt' : 'proof-result.txt')]).flat()),
  ];
  if (told.choices) {
    parts.push(h('h3', null, say('为什么', 'Why')), ...told.choices.map((choice, i) => choiceSection(choice, i, where)));
  }
  if (told.moves && told.moves.length) {
    parts.push(h('h3', null, say('公布以后', 'After the publication')), h('ul', null, ...told.moves.map((move) => h('li', null,
      MOVES()[move.kind], say('：', ': '), `${place(move.fromId)} → ${place(move.toId)}`, ` · ${move.note}`))));
  }
  return parts;
}
