// The network of balance: from each site as many children as it has to send, along its reach,
// to offers with room. Sending as many as possible, and who can be reached when no more can
// be sent.
//
// An edge is a place in the reach of the list: edge e leads from site siteOf[e] to offer
// list.reachOffer[e]. `sent[e]` says how many go along it.

export class Network {
    /** Only offers that take part, and steps at most `limit`, are looked at. */
    constructor(list, takesPart) {
        const edges = list.reachOffer.length;
        this.list = list;
        this.takesPart = takesPart;
        this.siteOf = new Uint32Array(edges);
        this.backStart = new Uint32Array(list.offers.length + 1);
        for (let site = 0; site < list.sites.length; site++)
            for (let edge = list.reachStart[site]; edge < list.reachStart[site + 1]; edge++) {
                this.siteOf[edge] = site;
                this.backStart[list.reachOffer[edge] + 1]++;
            }
        for (let offer = 0; offer < list.offers.length; offer++) this.backStart[offer + 1] += this.backStart[offer];
        // The edges into each offer, by the number of their site.
        this.backEdge = new Uint32Array(edges);
        const filled = this.backStart.slice();
        for (let edge = 0; edge < edges; edge++) this.backEdge[filled[list.reachOffer[edge]]++] = edge;
    }

    /** Nothing sent yet: `children` to send per site, `room` per offer. */
    begin(children, room, limit = Infinity) {
        this.children = Float64Array.from(children);
        this.room = Float64Array.from(room);
        this.limit = limit;
        this.sent = new Float64Array(this.list.reachOffer.length);
        this.closed = new Uint8Array(this.list.sites.length);
        this.mark = new Int32Array(this.list.sites.length);
        this.offerMark = new Int32Array(this.list.offers.length);
        this.cameBy = new Int32Array(this.list.sites.length); // the edge by which a site was reached
        this.offerCameBy = new Int32Array(this.list.offers.length);
        this.round = 0;
        return this;
    }

    /**
     * Sends at most `most` children from a site along one way; returns how many. When no way
     * is left, all sites from which none was found are closed for good: what is full around
     * them stays full.
     */
    send(start, most) {
        if (this.closed[start]) return 0;
        this.round++;
        const sites = [start];
        const offers = []; // full ones, reached and not yet gone back from
        this.mark[start] = this.round;
        this.cameBy[start] = -1;
        for (let at = 0, next = 0; at < sites.length;) {
            const goal = this.forward(sites[at++], offers);
            if (goal >= 0) return this.sendAlong(goal, most);
            while (at === sites.length && next < offers.length) this.back(offers[next++], sites);
        }
        for (const site of sites) this.closed[site] = 1;
        return 0;
    }

    /** From a site to the offers of its reach: one with room, or -1 when all are full. */
    forward(site, offers) {
        const { list, offerMark, round } = this;
        for (let edge = list.reachStart[site]; edge < list.reachStart[site + 1]; edge++) {
            if (list.reachSteps[edge] > this.limit) break;
            const offer = list.reachOffer[edge];
            if (!this.takesPart[offer] || offerMark[offer] === round) continue;
            offerMark[offer] = round;
            this.offerCameBy[offer] = edge;
            if (this.room[offer] > 0) return offer;
            offers.push(offer);
        }
        return -1;
    }

    /** From a full offer back to the sites that have sent children to it. */
    back(offer, sites) {
        const { backEdge, siteOf, sent, mark, round } = this;
        for (let at = this.backStart[offer]; at < this.backStart[offer + 1]; at++) {
            const edge = backEdge[at];
            const site = siteOf[edge];
            if (sent[edge] === 0 || mark[site] === round || this.closed[site]) continue;
            mark[site] = round;
            this.cameBy[site] = edge;
            sites.push(site);
        }
    }

    /** Sends along the way that leads to this offer. */
    sendAlong(goal, most) {
        const edges = this.wayTo(goal);
        let amount = Math.min(most, this.room[goal]);
        for (const { edge, forward } of edges) if (!forward) amount = Math.min(amount, this.sent[edge]);
        for (const { edge, forward } of edges) this.sent[edge] += forward ? amount : -amount;
        this.room[goal] -= amount;
        return amount;
    }

    /** The edges of the way to an offer, from its end to its beginning. */
    wayTo(goal) {
        const edges = [];
        for (let edge = this.offerCameBy[goal]; edge >= 0;) {
            edges.push({ edge, forward: true });
            const back = this.cameBy[this.siteOf[edge]];
            if (back >= 0) edges.push({ edge: back, forward: false });
            edge = back >= 0 ? this.offerCameBy[this.list.reachOffer[back]] : -1;
        }
        return edges;
    }

    /** Whether everybody finds a way; stops at the first site that does not. */
    canSendAll() {
        return this.sendAll(true);
    }

    /** Sends as many as possible from all sites; whether everybody found a way. */
    sendAll(stop = false) {
        let all = true;
        for (let site = 0; site < this.children.length; site++) {
            while (this.children[site] > 0) {
                const amount = this.send(site, this.children[site]);
                if (amount === 0) break;
                this.children[site] -= amount;
            }
            if (this.children[site] > 0) all = false;
            if (stop && !all) break;
        }
        return all;
    }

    /** After as many as possible were sent: the sites that can be reached from those left with children. */
    reachable() {
        const { list } = this;
        const inside = new Uint8Array(list.sites.length);
        const seen = new Uint8Array(list.offers.length);
        const sites = [];
        const enter = (site) => {
            if (inside[site]) return;
            inside[site] = 1;
            sites.push(site);
        };
        this.children.forEach((children, site) => children > 0 && enter(site));
        for (let at = 0; at < sites.length; at++)
            for (let edge = list.reachStart[sites[at]]; edge < list.reachStart[sites[at] + 1]; edge++) {
                if (list.reachSteps[edge] > this.limit) break;
                const offer = list.reachOffer[edge];
                if (!this.takesPart[offer] || seen[offer]) continue;
                seen[offer] = 1;
                for (let back = this.backStart[offer]; back < this.backStart[offer + 1]; back++)
                    if (this.sent[this.backEdge[back]] > 0) enter(this.siteOf[this.backEdge[back]]);
            }
        return Array.from(inside.keys()).filter((site) => inside[site]);
    }
}
