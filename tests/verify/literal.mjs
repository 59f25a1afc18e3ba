// The document once more, as literally and as slowly as it can be said: second evidence for
// small problems. Nothing of docs/verify is used but the list's columns.
//
// A ticket is an object, an offer chooses from an array, everything is sorted when it is
// needed, and draw numbers are text of 32 digits.
import { createHmac } from "node:crypto";

const hex = (bytes) => Buffer.from(bytes).toString("hex");
const u32 = (value) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value]);

function hmac(seed, ...parts) {
    const mac = createHmac("sm3", Buffer.from(seed, "hex"));
    for (const part of parts) mac.update(part);
    return mac.digest("hex");
}

/** Compares arrays of numbers and texts place by place. */
export function compare(one, two) {
    for (let at = 0; at < one.length; at++) if (one[at] !== two[at]) return one[at] < two[at] ? -1 : 1;
    return 0;
}
const by = (key) => (one, two) => compare(key(one), key(two));

/** The list and the seed as plain objects. */
export function plainProblem(list, seed) {
    const { mechanism, together, waiting, waitingLots } = list;
    const problem = { mechanism, together, balance: list.balance, waiting, reversed: waitingLots === "reversed" };
    problem.offers = list.offers.map((offer, number) => ({
        number,
        ...offer,
        hasKinds: offer.kinds > 0,
        kinds: list.kinds.filter((kind) => kind.offer === number),
    }));
    problem.sites = list.sites.map((_, site) =>
        Array.from({ length: list.reachStart[site + 1] - list.reachStart[site] }, (_, at) => ({
            offer: list.reachOffer[list.reachStart[site] + at],
            steps: list.reachSteps[list.reachStart[site] + at],
        })),
    );
    problem.tickets = Array.from({ length: list.count }, (_, number) => {
        const id = list.tickets.subarray(32 * number, 32 * number + 32);
        const lot = (...more) => hmac(seed, "lot", Buffer.from(list.round), id, ...more).slice(0, 32);
        const ticket = {
            number,
            id: hex(id),
            lot: lot(),
            places: list.places[number],
            site: list.site[number],
            flags: list.flags[number],
            wishes: [],
        };
        for (let wish = list.wishStart[number]; wish < list.wishStart[number + 1]; wish++) {
            const offer = list.wishOffer[wish];
            ticket.wishes.push({
                offer,
                rank: ticket.wishes.length + 1,
                category: list.wishCategory[wish],
                priority: list.wishPriority[wish],
                group: list.wishGroup[wish],
                lot: list.lots === "choice" ? lot(u32(offer)) : ticket.lot,
            });
        }
        return ticket;
    });
    problem.audit = problem.tickets
        .map(({ number, id }) => ({
            number,
            key: [hmac(seed, "audit", Buffer.from(list.round), Buffer.from(id, "hex")), id],
        }))
        .sort((one, two) => compare(one.key, two.key))
        .slice(0, list.audit)
        .map(({ number }) => number);
    return problem;
}

const wishFor = (ticket, offer) => ticket.wishes.find((wish) => wish.offer === offer);
const member = (kind, wish) => wish.group > 0 && kind.groups.includes(wish.group);
const takes = (kind, wish) =>
    kind.whom === "all" || kind.whom === "first" || (kind.whom === "only") === member(kind, wish);

/** Where a ticket stands in the order of a kind. */
function standing(problem, kind, ticket) {
    const wish = wishFor(ticket, kind.offer);
    const rank = problem.mechanism === "serial" ? wish.rank : 0;
    const apart = kind.whom === "first" && !member(kind, wish) ? 1 : 0;
    const priority = problem.mechanism === "draw" || kind.order === "lot" ? 0 : wish.priority;
    return [rank, apart, priority, wish.lot, ticket.id];
}

/** An offer chooses among tickets: a Map from ticket to the index of its kind. */
export function choose(problem, offer, tickets) {
    const chosen = new Map();
    offer.kinds.forEach((kind, index) => {
        const pool = tickets.filter((ticket) => !chosen.has(ticket) && takes(kind, wishFor(ticket, offer.number)));
        pool.sort(by((ticket) => standing(problem, kind, ticket)));
        let given = 0;
        for (const ticket of pool)
            if (problem.together === "add" ? given < kind.places : given + ticket.places <= kind.places) {
                chosen.set(ticket, index);
                given += ticket.places;
            }
    });
    return chosen;
}

/** Who has what: of each ticket null or { offer, kind }. */
class Places {
    constructor(problem) {
        this.problem = problem;
        this.of = problem.tickets.map(() => null);
    }
    at(offer) {
        return this.problem.tickets.filter((ticket) => this.of[ticket.number]?.offer === offer.number);
    }
    /** The offer chooses among those it has and these; returns those of both who are not chosen. */
    ask(offer, tickets) {
        const all = [...this.at(offer), ...tickets];
        const chosen = choose(this.problem, offer, all);
        for (const ticket of all)
            this.of[ticket.number] = chosen.has(ticket) ? { offer: offer.number, kind: chosen.get(ticket) } : null;
        return all.filter((ticket) => !chosen.has(ticket));
    }
    would(offer, ticket) {
        return choose(this.problem, offer, [...this.at(offer), ticket]).has(ticket);
    }
    passedOver() {
        const { tickets, offers } = this.problem;
        const over = [];
        for (const ticket of tickets)
            for (const { offer } of ticket.wishes) {
                if (this.of[ticket.number]?.offer === offer) break;
                if (this.would(offers[offer], ticket)) over.push({ ticket, offer });
            }
        return over;
    }
}

/** The answer of the run: { of, repairs, over }. With `random` tickets ask one by one in any order. */
export function literalRun(problem, random = null) {
    if (problem.mechanism === "cycles") return { of: literalCycles(problem, random), repairs: 0, over: [] };
    const places = new Places(problem);
    const several = problem.tickets.some((ticket) => ticket.places > 1);
    if (random && !(problem.together === "fit" && several)) oneByOne(problem, places, random);
    else rounds(problem, places);
    if (problem.together !== "fit" || !several) return { of: places.of, repairs: 0, over: [] };
    const repairs = repair(problem, places);
    return { of: places.of, repairs, over: places.passedOver() };
}

function rounds(problem, places) {
    const next = problem.tickets.map(() => 0);
    for (;;) {
        const asking = problem.tickets.filter(
            (ticket) => places.of[ticket.number] === null && next[ticket.number] < ticket.wishes.length,
        );
        if (asking.length === 0) return;
        const asked = new Map(asking.map((ticket) => [ticket, ticket.wishes[next[ticket.number]].offer]));
        for (const offer of problem.offers) {
            const here = asking.filter((ticket) => asked.get(ticket) === offer.number);
            for (const ticket of places.ask(offer, here)) next[ticket.number]++;
        }
    }
}

function oneByOne(problem, places, random) {
    const next = problem.tickets.map(() => 0);
    for (;;) {
        const asking = problem.tickets.filter(
            (ticket) => places.of[ticket.number] === null && next[ticket.number] < ticket.wishes.length,
        );
        if (asking.length === 0) return;
        const ticket = random.pick(...asking);
        for (const lost of places.ask(problem.offers[ticket.wishes[next[ticket.number]].offer], [ticket]))
            next[lost.number]++;
    }
}

function repair(problem, places) {
    const byLot = by(({ ticket }) => [ticket.lot, ticket.id]);
    const gone = [];
    let out = [];
    const closed = (ticket, offer) =>
        gone.filter((step) => step.ticket === ticket && step.offer === offer).length >= (ticket.places > 1 ? 1 : 50);
    const goTo = ({ ticket, offer }) => {
        gone.push({ ticket, offer });
        places.of[ticket.number] = null;
        for (const lost of places.ask(problem.offers[offer], [ticket])) out.push({ ticket: lost });
    };
    for (;;) {
        const calls = [];
        for (const offer of problem.offers) {
            const can = places
                .passedOver()
                .filter((one) => one.offer === offer.number && !closed(one.ticket, one.offer))
                .filter((one) => out.every(({ ticket }) => ticket !== one.ticket));
            const at = ({ ticket }) => choose(problem, offer, [...places.at(offer), ticket]).get(ticket);
            can.sort(by((one) => [at(one), ...standing(problem, offer.kinds[at(one)], one.ticket)]));
            calls.push(...can.slice(0, 1));
        }
        if (calls.length > 0) {
            const [{ ticket }] = calls.sort(byLot);
            goTo({ ticket, offer: ticket.wishes.find(({ offer }) => called(calls, ticket, offer)).offer });
            continue;
        }
        if (out.length === 0) return gone.length;
        const [{ ticket }] = out.sort(byLot);
        out = out.filter((one) => one.ticket !== ticket);
        const wish = ticket.wishes.find(
            ({ offer }) => !closed(ticket, offer) && places.would(problem.offers[offer], ticket),
        );
        if (wish) goTo({ ticket, offer: wish.offer });
    }
}

const called = (calls, ticket, offer) => calls.some((call) => call.ticket === ticket && call.offer === offer);

/** Circles, found by following everybody, and one of them taken at a time. */
function literalCycles(problem, random) {
    const of = problem.tickets.map(() => null);
    const left = problem.offers.map((offer) => offer.capacity);
    for (;;) {
        const pointsTo = new Map();
        for (const ticket of problem.tickets) {
            if (of[ticket.number] !== null) continue;
            const wish = ticket.wishes.find(({ offer }) => left[offer] > 0);
            if (!wish) continue;
            const offer = problem.offers[wish.offer];
            const without = problem.tickets.filter(
                (other) => of[other.number] === null && wishFor(other, offer.number),
            );
            without.sort(by((other) => standing(problem, offer.kinds[0], other)));
            pointsTo.set(ticket, { offer: offer.number, ticket: without[0] });
        }
        const circles = [...pointsTo.keys()].filter((start) => {
            let at = start;
            for (let steps = 0; steps <= problem.tickets.length; steps++) {
                at = pointsTo.get(at).ticket;
                if (at === start) return true;
            }
            return false;
        });
        if (circles.length === 0) return of;
        const start = random ? random.pick(...circles) : circles[0];
        let at = start;
        do {
            const { offer, ticket } = pointsTo.get(at);
            of[at.number] = { offer, kind: 0 };
            left[offer]--;
            at = ticket;
        } while (at !== start);
    }
}

/** All stable matchings of a tiny problem, each as an array of wishes' ranks (0: none). */
export function stableMatchings(problem) {
    const found = [];
    const ranks = problem.tickets.map(() => 0);
    const at = (offer) =>
        problem.tickets.filter(
            (ticket) => ranks[ticket.number] > 0 && ticket.wishes[ranks[ticket.number] - 1].offer === offer.number,
        );
    const isStable = () => {
        for (const offer of problem.offers) {
            const here = at(offer);
            if (choose(problem, offer, here).size < here.length) return false;
            for (const ticket of problem.tickets) {
                const wish = wishFor(ticket, offer.number);
                const prefers = wish && (ranks[ticket.number] === 0 || wish.rank < ranks[ticket.number]);
                if (prefers && choose(problem, offer, [...here, ticket]).has(ticket)) return false;
            }
        }
        return true;
    };
    const go = (number) => {
        if (number === problem.tickets.length) {
            if (isStable()) found.push([...ranks]);
            return;
        }
        for (ranks[number] = 0; ranks[number] <= problem.tickets[number].wishes.length; ranks[number]++) go(number + 1);
    };
    go(0);
    return found;
}

/** What the wishes left over of a kind, in places. */
function leftOf(problem, of, offer, index) {
    const here = problem.tickets.filter(
        ({ number }) => of[number]?.offer === offer.number && of[number].kind === index,
    );
    const kind = offer.kinds[index];
    return kind.whom === "only" ? 0 : Math.max(0, kind.places - here.reduce((sum, ticket) => sum + ticket.places, 0));
}

/** Balance: { goes (offer of each ticket, or null), reasons, asked, placed, greatest, total, price, room }. */
export function literalBalance(problem, of) {
    const { tickets, offers, sites } = problem;
    const leftByKind = offers.map((offer) => offer.kinds.map((_, index) => leftOf(problem, of, offer, index)));
    const room = offers.map((offer, number) =>
        offer.balance ? leftByKind[number].reduce((sum, left) => sum + left, 0) : 0,
    );
    const leftOver = [...room];
    const asked = tickets.filter(
        (ticket) => problem.balance && of[ticket.number] === null && ticket.site >= 0 && ticket.flags === 0,
    );
    asked.sort(by((ticket) => [ticket.lot, ticket.id]));
    const goes = tickets.map(() => null);
    for (const ticket of asked.filter(({ places }) => places > 1)) {
        const place = sites[ticket.site].find(({ offer }) => offers[offer].balance && room[offer] >= ticket.places);
        if (!place) continue;
        room[place.offer] -= ticket.places;
        goes[ticket.number] = place.offer;
    }
    const singles = asked.filter(({ places }) => places === 1);
    const plan = literalPlan(problem, singles, [...room]);
    for (const [ticket, offer] of plan.goes) goes[ticket.number] = offer;
    const reasons = tickets.map((ticket) => {
        if (of[ticket.number] !== null || goes[ticket.number] !== null) return null;
        if (!problem.balance) return "no-balance";
        if (ticket.flags === 1) return "declined-balance";
        if (ticket.site < 0) return "no-site";
        return sites[ticket.site].some(({ offer }) => leftOver[offer] > 0) ? "shortage" : "nothing-in-reach";
    });
    return { ...plan, goes, seats: seats(problem, goes, leftByKind), reasons, asked: singles.length, singles, room };
}

function seats(problem, goes, left) {
    const kinds = problem.tickets.map(() => null);
    const order = [...problem.tickets].sort(by((ticket) => [ticket.places > 1 ? 0 : 1, ticket.lot, ticket.id]));
    for (const ticket of order) {
        const offer = goes[ticket.number];
        if (offer === null) continue;
        const open = problem.offers[offer].kinds
            .map((kind, index) => index)
            .filter((index) => problem.offers[offer].kinds[index].whom !== "only");
        const index = open.find((one) => left[offer][one] >= ticket.places) ?? open.find((one) => left[offer][one] > 0);
        left[offer][index] -= ticket.places;
        kinds[ticket.number] = index;
    }
    return kinds;
}

/** Whether all these children can be placed, by trying one after another with exchanges. */
function canPlace(problem, children, room, limit) {
    const at = new Map();
    const tryOne = (child, seen) => {
        for (const { offer, steps } of problem.sites[child.site]) {
            if (steps > limit || !problem.offers[offer].balance || seen.has(offer)) continue;
            seen.add(offer);
            const here = children.filter((other) => at.get(other) === offer);
            if (here.length < room[offer] || here.some((other) => tryOne(other, seen))) {
                at.set(child, offer);
                return true;
            }
        }
        return false;
    };
    return children.every((child) => tryOne(child, new Set()));
}

function literalPlan(problem, singles, room) {
    const { offers, sites } = problem;
    const children = [];
    for (const child of singles) if (canPlace(problem, [...children, child], room, Infinity)) children.push(child);
    let greatest = 0;
    while (!canPlace(problem, children, room, greatest)) greatest++;
    const reach = sites.map((site) => site.filter(({ offer, steps }) => room[offer] > 0 && steps <= greatest));
    const sent = sites.map(() => offers.map(() => 0));
    const price = offers.map(() => 0);
    const sitePrice = sites.map(() => 0);
    const left = [...room];
    for (const start of sites.keys()) {
        let toSend = children.filter(({ site }) => site === start).length;
        sitePrice[start] = Math.min(...reach[start].map(({ offer, steps }) => steps + price[offer]));
        while (toSend > 0) {
            const offerFar = offers.map(() => Infinity);
            const siteFar = sites.map(() => Infinity);
            const offerFrom = offers.map(() => null);
            const siteFrom = sites.map(() => null);
            const gone = new Set();
            const visit = (site, far, from) => {
                siteFar[site] = far;
                siteFrom[site] = from;
                for (const { offer, steps } of reach[site]) {
                    const way = far + steps + price[offer] - sitePrice[site];
                    if (way < offerFar[offer]) [offerFar[offer], offerFrom[offer]] = [way, site];
                }
            };
            visit(start, 0, null);
            let goal = null;
            while (goal === null) {
                const [next] = offers
                    .map(({ number }) => number)
                    .filter((offer) => !gone.has(offer) && offerFar[offer] < Infinity)
                    .sort((one, two) => offerFar[one] - offerFar[two] || one - two);
                gone.add(next);
                if (left[next] > 0) goal = next;
                else
                    for (const site of sites.keys())
                        if (sent[site][next] > 0 && siteFar[site] === Infinity) visit(site, offerFar[next], next);
            }
            const way = [];
            for (let offer = goal; offer !== null; offer = siteFrom[offerFrom[offer]])
                way.push([offerFrom[offer], offer]);
            const backs = way.slice(0, -1).map(([site]) => [site, siteFrom[site]]);
            const amount = Math.min(toSend, left[goal], ...backs.map(([site, offer]) => sent[site][offer]));
            for (const [site, offer] of way) sent[site][offer] += amount;
            for (const [site, offer] of backs) sent[site][offer] -= amount;
            left[goal] -= amount;
            toSend -= amount;
            const far = offerFar[goal];
            for (const site of sites.keys()) if (siteFar[site] < Infinity) sitePrice[site] += far - siteFar[site];
            for (const { number } of offers) if (offerFar[number] < far) price[number] += far - offerFar[number];
        }
    }
    const goes = [];
    let total = 0;
    for (const [site, places] of sites.entries()) {
        const slots = places.flatMap(({ offer, steps }) =>
            Array.from({ length: sent[site][offer] }, () => ({ offer, steps })),
        );
        singles
            .filter((child) => child.site === site)
            .forEach((child, at) => at < slots.length && goes.push([child, slots[at].offer]));
        total += slots.reduce((sum, { steps }) => sum + steps, 0);
    }
    return { goes, placed: children.length, greatest, total, price };
}

/** The best balance of a tiny problem by trying everything: { placed (a set of tickets' numbers as text), greatest, total }. */
export function bestBalance(problem, singles, room) {
    let best = null;
    const at = [];
    const left = [...room];
    const go = (number) => {
        if (number === singles.length) {
            const placed = at.map((place) => (place ? 0 : 1));
            const steps = at.filter((place) => place).map((place) => place.steps);
            const key = [
                placed.reduce((sum, one) => sum + one, 0),
                ...placed,
                Math.max(0, ...steps),
                steps.reduce((sum, one) => sum + one, 0),
            ];
            if (best === null || compare(key, best) < 0) best = key;
            return;
        }
        for (const place of [null, ...problem.sites[singles[number].site]]) {
            if (place && (!problem.offers[place.offer].balance || left[place.offer] === 0)) continue;
            if (place) left[place.offer]--;
            at[number] = place;
            go(number + 1);
            if (place) left[place.offer]++;
        }
    };
    go(0);
    return { unplaced: best[0], greatest: best.at(-2), total: best.at(-1) };
}

/** The waiting list of a kind, for `state` { of, balanced (numbers), gaveBack, passed (texts "number offer") }. */
export function waitingList(problem, state, offer, index) {
    const kind = offer.kinds[index];
    const waits = (ticket) => {
        const wish = wishFor(ticket, offer.number);
        if (
            !wish ||
            !takes(kind, wish) ||
            state.gaveBack.has(ticket.number) ||
            state.passed.has(`${ticket.number} ${offer.number}`)
        )
            return false;
        const place = state.of[ticket.number];
        if (place === null) return true;
        if (problem.waiting === "unplaced" || place.offer === offer.number) return false;
        const present = state.balanced.has(ticket.number) ? undefined : wishFor(ticket, place.offer);
        return present === undefined || present.rank > wish.rank;
    };
    const turned = (one, two) => {
        const [a, b] = [standing(problem, kind, one), standing(problem, kind, two)];
        return (
            compare(a.slice(0, 3), b.slice(0, 3)) ||
            (problem.reversed ? compare(b.slice(3), a.slice(3)) : compare(a.slice(3), b.slice(3)))
        );
    };
    return problem.tickets.filter(waits).sort(turned);
}

export function freePlaces(problem, state, offer, index) {
    const here = problem.tickets.filter(
        ({ number }) => state.of[number]?.offer === offer.number && state.of[number].kind === index,
    );
    return Math.max(0, offer.kinds[index].places - here.reduce((sum, ticket) => sum + ticket.places, 0));
}

/** The cut-off lines of the result, written from the places alone. */
export function cutoffLines(problem, of, goes) {
    const lines = [];
    const sum = (tickets) => tickets.reduce((places, ticket) => places + ticket.places, 0);
    const words = (ticket, wish, priority) => `${wish.rank} ${wish.category} ${priority} ${wish.lot}`;
    for (const offer of problem.offers) {
        const listed = problem.tickets.filter((ticket) => wishFor(ticket, offer.number));
        const inside = listed.filter((ticket) => of[ticket.number]?.offer === offer.number);
        const kinds = offer.kinds.map((kind, index) => {
            const here = inside
                .filter((ticket) => of[ticket.number].kind === index)
                .sort(by((ticket) => standing(problem, kind, ticket)));
            const last = here.at(-1);
            const wish = last && wishFor(last, offer.number);
            const who = kind.whom === "first" && last ? (member(kind, wish) ? "member " : "other ") : "";
            const text = last ? who + words(last, wish, standing(problem, kind, last)[2]) : "-";
            return {
                admitted: sum(here),
                added: Math.max(0, sum(here) - kind.places),
                full: sum(here) >= kind.places ? "full" : "open",
                text,
            };
        });
        const full = kinds.every((kind) => kind.full === "full") ? "full" : "open";
        const added = kinds.reduce((all, kind) => all + kind.added, 0);
        const balanced = sum(problem.tickets.filter((ticket) => goes[ticket.number] === offer.number));
        lines.push(
            `cutoff ${offer.number} ${sum(listed)} ${sum(inside)} ${balanced} ${added} ${full} ${offer.hasKinds ? "-" : kinds[0].text}`,
        );
        if (offer.hasKinds)
            for (const kind of kinds) lines.push(`kind-cutoff ${kind.admitted} ${kind.full} ${kind.text}`);
        const none = problem.mechanism === "draw" || (!offer.hasKinds && offer.order === "lot");
        const key = (ticket) => {
            const wish = wishFor(ticket, offer.number);
            return [problem.mechanism === "serial" ? wish.rank : 0, none ? 0 : wish.priority, wish.lot, ticket.id];
        };
        for (const category of [...new Set(listed.map((ticket) => wishFor(ticket, offer.number).category))].sort(
            (a, b) => a - b,
        )) {
            const within = (tickets) => tickets.filter((ticket) => wishFor(ticket, offer.number).category === category);
            const last = within(inside).sort(by(key)).at(-1);
            const text = last ? words(last, wishFor(last, offer.number), key(last)[1]) : "-";
            lines.push(`tally ${offer.number} ${category} ${sum(within(listed))} ${sum(within(inside))} ${text}`);
        }
    }
    return lines;
}
