// Cut-offs: per offer, kind of place and category, how many wished and were admitted, and who
// was the last one in.
import { isMember, priorityAt, wishesFor } from "./order.mjs";
import { lotDigits } from "./draw.mjs";

/**
 * One object per offer: { listed, admitted, balanced, added, full, last, kinds, tallies };
 * kinds: { admitted, full, last } (none at an offer without kinds); tallies: { category,
 * listed, admitted, last }, by category. `last` is a text, `-` when nobody was admitted.
 */
export function cutoffs(list, lots, order, answer) {
    const balanced = new Float64Array(list.kinds.length);
    answer.kind.forEach(
        (kind, ticket) => kind >= 0 && answer.wish[ticket] < 0 && (balanced[kind] += list.places[ticket]),
    );
    return list.offers.map((offer, number) => offerCutoff(list, lots, order, answer, balanced, offer, number));
}

function offerCutoff(list, lots, order, answer, balanced, offer, number) {
    const wishes = wishesFor(order, number);
    const size = (wish) => list.places[order.applicant[wish]];
    const isAdmitted = (wish) => answer.wish[order.applicant[wish]] === wish;
    const sum = (some) => some.reduce((places, wish) => places + size(wish), 0);
    const cutoff = { listed: sum(wishes), admitted: 0, balanced: 0, added: 0, kinds: [], tallies: [], last: "-" };

    const kinds = list.kinds.slice(offer.firstKind, offer.firstKind + Math.max(1, offer.kinds));
    for (const [index, kind] of kinds.entries()) {
        const global = offer.firstKind + index;
        const standing = order.standing[global];
        const inside = wishes.filter((wish) => isAdmitted(wish) && answer.kind[order.applicant[wish]] === global);
        const admitted = sum(inside);
        let last = null;
        for (const wish of inside)
            if (last === null || standing[order.local[wish]] > standing[order.local[last]]) last = wish;
        cutoff.admitted += admitted;
        cutoff.added += Math.max(0, admitted - kind.places);
        cutoff.balanced += balanced[global];
        cutoff.kinds.push({
            admitted,
            full: admitted >= kind.places,
            last:
                last === null
                    ? "-"
                    : memberWord(list, kind, last) + lastWords(list, lots, order, last, priorityAt(list, kind, last)),
        });
    }
    cutoff.full = cutoff.kinds.every((kind) => kind.full);
    if (offer.kinds === 0) {
        cutoff.last = cutoff.kinds[0].last;
        cutoff.kinds = [];
    }
    cutoff.tallies = tallies(list, lots, order, offer, wishes, size, isAdmitted);
    return cutoff;
}

const memberWord = (list, kind, wish) =>
    kind.whom !== "first" ? "" : isMember(list, kind, wish) ? "member " : "other ";

function lastWords(list, lots, order, wish, priority) {
    const lot = lots.atWish ? lotDigits(lots.atWish, wish) : lotDigits(lots.own, order.applicant[wish]);
    return `${order.rank[wish] + 1} ${list.wishCategory[wish]} ${priority} ${lot}`;
}

function tallies(list, lots, order, offer, wishes, size, isAdmitted) {
    const asListed = !(list.mechanism === "draw" || (offer.kinds === 0 && offer.order === "lot"));
    const priority = (wish) => (asListed ? list.wishPriority[wish] : 0);
    const before = (one, two) =>
        (list.mechanism === "serial" ? order.rank[one] - order.rank[two] : 0) ||
        priority(one) - priority(two) ||
        order.lotRank[one] - order.lotRank[two];
    const byCategory = new Map();
    for (const wish of wishes) {
        const category = list.wishCategory[wish];
        if (!byCategory.has(category)) byCategory.set(category, { category, listed: 0, admitted: 0, lastWish: null });
        const tally = byCategory.get(category);
        tally.listed += size(wish);
        if (!isAdmitted(wish)) continue;
        tally.admitted += size(wish);
        if (tally.lastWish === null || before(wish, tally.lastWish) > 0) tally.lastWish = wish;
    }
    return Array.from(byCategory.values())
        .sort((one, two) => one.category - two.category)
        .map(({ lastWish, ...tally }) => ({
            ...tally,
            last: lastWish === null ? "-" : lastWords(list, lots, order, lastWish, priority(lastWish)),
        }));
}
