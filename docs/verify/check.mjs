// Checks of the answer that do not repeat how it was found: nobody is passed over, no kind of
// place has more than it may, and the balance's proofs hold. What they say is true of the
// file's answer because the file was compared with it line by line.
import { apart } from "./order.mjs";
import { passedOver } from "./together.mjs";

/** The first objection, as { ticket } or { offer } or {} with `message`; null when there is none. */
export function checkAnswer(list, order, answer, outcome) {
    return (
        checkPlaces(list, answer) ??
        checkClaims(list, order, answer) ??
        (list.balance ? checkBalance(list, answer, outcome) : null)
    );
}

/** Each kind within its places (with `together add` the next check sees to it); balance within what was left. */
function checkPlaces(list, answer) {
    const byWish = new Float64Array(list.kinds.length);
    const balanced = new Float64Array(list.offers.length);
    for (let ticket = 0; ticket < list.count; ticket++) {
        const [wish, kind] = [answer.wish[ticket], answer.kind[ticket]];
        if (kind < 0) continue;
        const { offer } = list.kinds[kind];
        if (wish < 0) balanced[offer] += list.places[ticket];
        else byWish[kind] += list.places[ticket];
        if (wish >= 0 && list.wishOffer[wish] !== offer)
            return { ticket, message: "stands at an offer that is not its wish" };
    }
    const left = new Float64Array(list.offers.length);
    for (const [number, { offer, places, whom }] of list.kinds.entries()) {
        if (list.together === "fit" && byWish[number] > places)
            return { offer, message: "more places are given than there are" };
        if (whom !== "only") left[offer] += Math.max(0, places - byWish[number]);
    }
    const offer = left.findIndex((places, number) => balanced[number] > places);
    return offer < 0 ? null : { offer, message: "balance filled more than the wishes left over" };
}

/** Nobody is passed over: whoever asked for a place and did not get it stands behind all who did. */
function checkClaims(list, order, answer) {
    if (list.mechanism === "cycles") return null; // its cut-offs are information only
    if (list.together === "fit" && list.places.some((places) => places > 1)) {
        const over = passedOver(list, order, answer).map((wish) => ({
            ticket: order.applicant[wish],
            offer: list.wishOffer[wish],
        }));
        const same =
            over.length === answer.over.length &&
            over.every((one, at) => one.ticket === answer.over[at].ticket && one.offer === answer.over[at].offer);
        return same ? null : { message: "others are passed over than the result says" };
    }
    // Per kind: how many places are given, and who stands last.
    const given = new Float64Array(list.kinds.length);
    const last = new Float64Array(list.kinds.length).fill(-1);
    const lastSize = new Float64Array(list.kinds.length);
    for (let ticket = 0; ticket < list.count; ticket++) {
        const wish = answer.wish[ticket];
        if (wish < 0) continue;
        const kind = answer.kind[ticket];
        const place = order.standing[kind][order.local[wish]];
        if (place === apart) return { ticket, message: "stands at a kind of place that does not take it" };
        given[kind] += list.places[ticket];
        if (place > last[kind]) [last[kind], lastSize[kind]] = [place, list.places[ticket]];
    }
    for (let kind = 0; kind < list.kinds.length; kind++)
        if (last[kind] >= 0 && given[kind] - lastSize[kind] >= list.kinds[kind].places)
            return { offer: list.kinds[kind].offer, message: "a place is given behind the last one" };
    for (let ticket = 0; ticket < list.count; ticket++) {
        const end = answer.wish[ticket] >= 0 ? answer.wish[ticket] : list.wishStart[ticket + 1] - 1;
        for (let wish = list.wishStart[ticket]; wish <= end; wish++) {
            const { firstKind, kinds } = list.offers[list.wishOffer[wish]];
            const stop = wish === answer.wish[ticket] ? answer.kind[ticket] : firstKind + Math.max(1, kinds);
            for (let kind = firstKind; kind < stop; kind++) {
                const place = order.standing[kind][order.local[wish]];
                if (place !== apart && (given[kind] < list.kinds[kind].places || place < last[kind]))
                    return { ticket, message: `was passed over at offer ${list.wishOffer[wish]}` };
            }
        }
    }
    return null;
}

/** Balance as the table has it: within reach and room, and proved by its three proofs. */
function checkBalance(list, answer, outcome) {
    const edges = edgesByPlace(list);
    const placedAt = new Float64Array(list.sites.length);
    const used = new Uint8Array(list.reachOffer.length);
    const into = new Float64Array(list.offers.length);
    let [placed, total] = [0, 0];
    for (let ticket = 0; ticket < list.count; ticket++) {
        if (answer.kind[ticket] < 0 || answer.wish[ticket] >= 0 || list.places[ticket] > 1) continue;
        const { offer } = list.kinds[answer.kind[ticket]];
        const edge = edges.get(list.site[ticket] * list.offers.length + offer);
        if (edge === undefined || !list.offers[offer].balance)
            return { ticket, message: "was balanced out of its reach" };
        if (list.reachSteps[edge] > outcome.greatest)
            return { ticket, message: "is farther than the greatest distance" };
        placed++;
        placedAt[list.site[ticket]]++;
        used[edge] = 1;
        into[offer]++;
        total += list.reachSteps[edge];
    }
    if (placed !== outcome.placed || total !== outcome.total) return { message: "the balance's counts do not add up" };
    const offer = into.findIndex((count, number) => count > outcome.room[number]);
    if (offer >= 0) return { offer, message: "balance filled more than was left" };
    return checkSets(list, outcome, placedAt) ?? checkPrices(list, outcome, into, used);
}

function edgesByPlace(list) {
    const edges = new Map();
    for (let site = 0; site < list.sites.length; site++)
        for (let edge = list.reachStart[site]; edge < list.reachStart[site + 1]; edge++)
            edges.set(site * list.offers.length + list.reachOffer[edge], edge);
    return edges;
}

/** The edges of a site's reach that balance looks at, up to a distance: to offers with places left. */
function* lookedAt(list, room, site, limit) {
    for (let edge = list.reachStart[site]; edge < list.reachStart[site + 1]; edge++)
        if (list.reachSteps[edge] <= limit && room[list.reachOffer[edge]] > 0) yield edge;
}

/** `short` and `cut`: sites with more children than there is room within their reach. */
function checkSets(list, { askedAt, room, greatest, short, cut, placed, unplaced }, placedAt) {
    const excess = (sites, children, limit) => {
        const offers = new Set();
        for (const site of sites)
            for (const edge of lookedAt(list, room, site, limit)) offers.add(list.reachOffer[edge]);
        const places = Array.from(offers).reduce((sum, offer) => sum + room[offer], 0);
        return sites.reduce((sum, site) => sum + children[site], 0) - places;
    };
    if (excess(short, askedAt, Infinity) !== unplaced) return { message: "`short` proves nothing" };
    if (placed > 0 && excess(cut, placedAt, greatest - 1) <= 0) return { message: "`cut` proves nothing" };
    return null;
}

/** `price`: every child is where it costs its site least, and only what is full has a price. */
function checkPrices(list, { room, price, greatest }, into, used) {
    const mayCost = (number) => room[number] > 0 && into[number] === room[number];
    const offer = price.findIndex((value, number) => value > 0 && !mayCost(number));
    if (offer >= 0) return { offer, message: "an offer that is not full, or takes no part, has a price" };
    for (let site = 0; site < list.sites.length; site++) {
        const edges = Array.from(lookedAt(list, room, site, greatest));
        const cost = (edge) => list.reachSteps[edge] + price[list.reachOffer[edge]];
        const least = edges.reduce((sum, edge) => Math.min(sum, cost(edge)), Infinity);
        if (edges.some((edge) => used[edge] && cost(edge) !== least)) return { message: "`price` proves nothing" };
    }
    return null;
}
