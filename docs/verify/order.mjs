// Who stands where at each kind of place.
//
// Each offer knows the wishes for it. At each of its kinds these wishes stand in one order;
// `standing` says at which place of it (`apart` when the kind does not take the ticket). All
// mechanisms then compare nothing but these places.
import { compareLots } from "./draw.mjs";

export const apart = 0xffffffff;

/**
 * { applicant, rank, offerStart, offerWish, local, lotRank, standing }:
 * of each wish its ticket and its rank (from 0); the wishes for offer j are
 * offerWish[offerStart[j] … offerStart[j + 1]), by ticket, and `local` is a wish's place among
 * them; `lotRank` its place among them by (lot at that offer, ticket); standing[kind][local].
 */
export function standings(list, lots) {
    const { wishStart, wishOffer } = list;
    const wishes = wishOffer.length;
    const applicant = new Uint32Array(wishes);
    const rank = new Uint16Array(wishes);
    const offerStart = new Uint32Array(list.offers.length + 1);
    for (let ticket = 0; ticket < list.count; ticket++)
        for (let wish = wishStart[ticket]; wish < wishStart[ticket + 1]; wish++) {
            applicant[wish] = ticket;
            rank[wish] = wish - wishStart[ticket];
            offerStart[wishOffer[wish] + 1]++;
        }
    for (let offer = 0; offer < list.offers.length; offer++) offerStart[offer + 1] += offerStart[offer];
    const filled = offerStart.slice();
    const offerWish = new Uint32Array(wishes);
    const local = new Uint32Array(wishes);
    for (let wish = 0; wish < wishes; wish++) {
        const offer = wishOffer[wish];
        local[wish] = filled[offer] - offerStart[offer];
        offerWish[filled[offer]++] = wish;
    }
    const order = { applicant, rank, offerStart, offerWish, local, lotRank: new Uint32Array(wishes), standing: [] };
    rankLots(list, lots, order);
    order.standing = list.kinds.map((kind) => {
        const standing = new Uint32Array(offerStart[kind.offer + 1] - offerStart[kind.offer]).fill(apart);
        inOrder(list, order, kind, false).forEach((wish, place) => (standing[local[wish]] = place));
        return standing;
    });
    return order;
}

function rankLots(list, lots, order) {
    if (!lots.atWish) {
        order.lotRank.forEach((_, wish) => (order.lotRank[wish] = lots.lotRank[order.applicant[wish]]));
        return;
    }
    for (let offer = 0; offer < list.offers.length; offer++) {
        // Wishes for one offer stand by ticket, so that the smaller one is the smaller ticket.
        const sorted = wishesFor(order, offer).slice();
        sorted.sort((one, two) => compareLots(lots.atWish, one, two) || one - two);
        sorted.forEach((wish, place) => (order.lotRank[wish] = place));
    }
}

export const wishesFor = (order, offer) =>
    order.offerWish.subarray(order.offerStart[offer], order.offerStart[offer + 1]);

/** Whether this wish is a member's at this kind. */
export const isMember = (list, kind, wish) => kind.groups.includes(list.wishGroup[wish]);

export function takes(list, kind, wish) {
    if (kind.whom === "only") return isMember(list, kind, wish);
    if (kind.whom === "others") return !isMember(list, kind, wish);
    return true;
}

/** The priority as it counts at this kind. */
export function priorityAt(list, kind, wish) {
    return list.mechanism === "draw" || kind.order === "lot" ? 0 : list.wishPriority[wish];
}

/** The wishes that a kind takes, first first; `reversed` turns draw numbers round. */
export function inOrder(list, order, kind, reversed) {
    const { rank, lotRank } = order;
    const serial = list.mechanism === "serial";
    const first = kind.whom === "first";
    const counts = !(list.mechanism === "draw" || kind.order === "lot");
    const priority = list.wishPriority;
    const after = reversed ? -1 : 1;
    const taken = wishesFor(order, kind.offer).filter((wish) => takes(list, kind, wish));
    return taken.sort((one, two) => {
        if (serial && rank[one] !== rank[two]) return rank[one] - rank[two];
        if (first) {
            const difference = isMember(list, kind, two) - isMember(list, kind, one);
            if (difference !== 0) return difference;
        }
        if (counts && priority[one] !== priority[two]) return priority[one] - priority[two];
        return after * (lotRank[one] - lotRank[two]);
    });
}
