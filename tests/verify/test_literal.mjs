// Small random problems: what docs/verify computes is what the document says when it is
// followed literally, and what trying everything finds.
import test from "node:test";
import assert from "node:assert/strict";
import { Random, makeList, writeTranscript } from "./make.mjs";
import * as literal from "./literal.mjs";
import { resultTail } from "../../docs/verify/write.mjs";
import { checkAnswer } from "../../docs/verify/check.mjs";

const many = Number(process.env.VERIFY_MANY ?? 200);

function problems(name, count, shape, see) {
    test(name, () => {
        for (let number = 0; number < count; number++) {
            const random = new Random(`${name} ${number}`);
            const list = makeList(random, shape);
            const { seed, results, moves } = writeTranscript(random, list);
            try {
                see({ random, list, seed, results, moves, problem: literal.plainProblem(list, seed) });
            } catch (error) {
                error.message = `problem ${number}: ${error.message}`;
                throw error;
            }
        }
    });
}

const place = (list, kind) => (kind < 0 ? null : { offer: list.kinds[kind].offer, kind: list.kinds[kind].index ?? 0 });
const byWish = (list, { answer }) =>
    Array.from(answer.wish, (wish, ticket) => (wish < 0 ? null : place(list, answer.kind[ticket])));

function sameRun({ random, list, results, problem }) {
    const { of, repairs, over } = literal.literalRun(problem, random);
    assert.deepEqual(byWish(list, results), of);
    assert.equal(results.answer.repairs, repairs);
    assert.deepEqual(
        results.answer.over,
        over.map(({ ticket, offer }) => ({ ticket: ticket.number, offer })),
    );
    assert.deepEqual(results.audit, problem.audit);
}

for (const mechanism of ["serial", "deferred", "draw", "cycles"])
    for (const together of ["add", "fit"])
        problems(`the run, ${mechanism}, ${together}`, many / 4, { fixed: { mechanism, together } }, sameRun);

// Tight places and many siblings: here rounds leave somebody passed over, and repairs happen.
let repaired = 0;
let givenUp = 0;
problems(
    "siblings together",
    many,
    { applicants: 14, offers: 4, capacity: 4, wishes: 4, fixed: { mechanism: "deferred", together: "fit" } },
    (made) => {
        sameRun(made);
        if (made.results.answer.repairs > 0) repaired++;
        if (made.results.answer.over.length > 0) givenUp++;
    },
);
test("some were repaired, some given up", () => {
    assert.ok(repaired > 0, "no problem needed a repair");
    console.log(`# ${repaired} repaired, ${givenUp} given up`);
});

problems(
    "nobody does better in any stable matching",
    many / 2,
    { applicants: 5, offers: 3, capacity: 2, wishes: 3, fixed: { together: "add" } },
    ({ list, results, problem }) => {
        if (list.mechanism === "cycles") return;
        const mine = Array.from(results.answer.wish, (wish, ticket) =>
            wish < 0 ? 0 : wish - list.wishStart[ticket] + 1,
        );
        const stable = literal.stableMatchings(problem);
        assert.ok(
            stable.some((ranks) => ranks.every((rank, ticket) => rank === mine[ticket])),
            "the answer is not stable",
        );
        for (const ranks of stable)
            ranks.forEach((rank, ticket) =>
                assert.ok(rank === 0 || (mine[ticket] > 0 && mine[ticket] <= rank), "somebody does better elsewhere"),
            );
    },
);

problems("balance", many, { sites: 4, fixed: { balance: true } }, ({ list, results, problem }) => {
    const of = byWish(list, results);
    const plan = literal.literalBalance(problem, of);
    const { outcome, answer } = results;
    assert.deepEqual(
        Array.from(answer.kind, (kind, ticket) => (answer.wish[ticket] < 0 && kind >= 0 ? place(list, kind) : null)),
        plan.goes.map((offer, ticket) => (offer === null ? null : { offer, kind: plan.seats[ticket] })),
    );
    assert.deepEqual(
        outcome.reason.map((reason) => reason),
        plan.reasons,
    );
    assert.deepEqual(
        [outcome.asked, outcome.placed, outcome.greatest, outcome.total],
        [plan.asked, plan.placed, plan.greatest, plan.total],
    );
    assert.deepEqual(Array.from(outcome.price), plan.price);
    const cutoffs = Array.from(resultTail(list, results)).filter((line) => /^(cutoff|kind-cutoff|tally) /.test(line));
    assert.deepEqual(cutoffs, literal.cutoffLines(problem, of, plan.goes));
});

problems(
    "no balance is better",
    many / 2,
    { applicants: 7, offers: 3, sites: 3, capacity: 3, wishes: 1, single: true, fixed: { balance: true } },
    ({ list, results, problem }) => {
        const { singles, room } = literal.literalBalance(problem, byWish(list, results));
        const { unplaced, greatest, total } = results.outcome;
        assert.deepEqual({ unplaced, greatest, total }, literal.bestBalance(problem, singles, room));
    },
);

problems("moves", many, { applicants: 16 }, ({ list, results, moves, problem }) => {
    const state = {
        of: Array.from(results.answer.kind, (kind) => place(list, kind)),
        gaveBack: new Set(),
        passed: new Set(),
    };
    state.balanced = new Set([...state.of.keys()].filter((ticket) => results.answer.wish[ticket] < 0));
    for (const { word, ticket, from, to } of moves) {
        assert.deepEqual(state.of[ticket], place(list, from));
        const goal = place(list, to);
        if (goal !== null) {
            const offer = problem.offers[goal.offer];
            const free = literal.freePlaces(problem, state, offer, goal.kind);
            assert.ok(list.places[ticket] <= free);
            const first = literal.waitingList(problem, state, offer, goal.kind).find(({ places }) => places <= free);
            if (word !== "late") assert.equal(first?.number, ticket);
        }
        if (word === "passed") {
            state.passed.add(`${ticket} ${goal.offer}`);
            continue;
        }
        state.of[ticket] = goal;
        state.balanced.delete(ticket);
        if (goal === null) state.gaveBack.add(ticket);
    }
});

/** How often each kind of false answer was objected to. */
const objections = new Map();

problems("false answers are objected to", many, { sites: 3, fixed: { balance: true } }, ({ list, results }) => {
    const { order, answer, outcome } = results;
    assert.equal(checkAnswer(list, order, answer, outcome), null);
    const objects = (what, changed) => {
        assert.notEqual(checkAnswer(list, order, changed.answer ?? answer, { ...outcome, ...changed }), null, what);
        objections.set(what, (objections.get(what) ?? 0) + 1);
    };
    const ticket = answer.wish.findIndex((wish) => wish >= 0);
    if (ticket >= 0 && list.mechanism !== "cycles") {
        const without = { ...answer, wish: answer.wish.slice(), kind: answer.kind.slice() };
        without.wish[ticket] = without.kind[ticket] = -1;
        objects("a place not given", { answer: without });
    }
    objects("a total too large", { total: outcome.total + 1 });
    objects("more left out", { unplaced: outcome.unplaced + 1 });
    const open = outcome.room.findIndex((places, offer) => places > 0 && outcome.price[offer] === 0);
    if (outcome.unplaced > 0) objects("no short", { short: [] });
    if (outcome.placed === 0) return;
    objects("no cut", { cut: [] });
    objects("a greatest distance too small", { greatest: outcome.greatest - 1 });
    if (
        outcome.unplaced === 0 &&
        open >= 0 &&
        outcome.sent.every((sent, edge) => sent === 0 || list.reachOffer[edge] !== open)
    )
        objects("a price at an offer that is not full", {
            price: outcome.price.map((value, offer) => (offer === open ? 1 : value)),
        });
});
test("each kind of false answer was tried", () => {
    assert.equal(objections.size, 7);
});
