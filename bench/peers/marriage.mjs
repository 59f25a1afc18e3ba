// marriage.mjs CITY.json: the same city by stable-marriage from npm (written by `allot_bench --dump`). It matches one to
// one, so each school is taken apart into its places: an applicant's list has the places of its first wish, then of the
// second …, and all places of a school have the one list of those who wish for it, in the school's order. Prints the
// milliseconds of its own function and whether everybody is where ours puts them; making the lists is not timed.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const { Person, stableMarriage } = createRequire(import.meta.url)('stable-marriage');
const city = JSON.parse(readFileSync(process.argv[2], 'utf8'));

// An applicant of the file: place in the draw's order, the answer's school or -1, then wish and priority in turns.
const applicants = city.applicants.map(([drawn, answer, ...pairs]) => ({
  drawn, answer, person: new Person(''), wishes: Array.from({ length: pairs.length / 2 }, (_, i) => pairs.slice(2 * i, 2 * i + 2)),
}));
const asking = city.places.map(() => []);
for (const applicant of applicants) {
  for (const [school, priority] of applicant.wishes) {
    asking[school].push({ priority, applicant });
  }
}
const places = city.places.map((count, school) => {
  const order = asking[school].sort((a, b) => a.priority - b.priority || a.applicant.drawn - b.applicant.drawn)
    .map(({ applicant }) => applicant.person);
  return Array.from({ length: count }, () => Object.assign(new Person(''), { preferences: order, school }));
});
for (const { person, wishes } of applicants) {
  person.generatePreferences(wishes.flatMap(([school]) => places[school]));
}
const start = performance.now();
stableMarriage(applicants.map(({ person }) => person));
const spent = performance.now() - start;
const same = applicants.every(({ person, answer }) => (person.fiance?.school ?? -1) === answer);
console.log(JSON.stringify({ applicants: applicants.length, ms: spent, same }));
