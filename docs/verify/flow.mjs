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
        const { list, mark, offerMark, room, sent } = this;
        if (this.closed[start]) return 0;
        this.round++;
        const sites = [start];
        mark[start] = this.round;
        this.cameBy[start] = -1;
        for (let at = 0; at < sites.length; at++) {
            const site = sites[at];
            for (let edge = list.reachStart[site]; edge < list.reachStart[site + 1]; edge++) {
                if (list.reachSteps[edge] > this.limit) break;
                const offer = list.reachOffer[edge];
                if (!this.takesPart[offer] || offerMark[offer] === this.round) continue;
                offerMark[offer] = this.round;
                this.offerCameBy[offer] = edge;
                if (room[offer] > 0) return this.sendAlong(offer, most);
                for (let back = this.backStart[offer]; back < this.backStart[offer + 1]; back++) {
                    const taken = this.backEdge[back];
                    const other = this.siteOf[taken];
                    if (sent[taken] === 0 || mark[other] === this.round || this.closed[other]) continue;
                    mark[other] = this.round;
                    this.cameBy[other] = taken;
                    sites.push(other);
                }
            }
        }
        for (const site of sites) this.closed[site] = 1;
        return 0;
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
        for (let edge = this.offerCameBy[goal]; edge >= 0; ) {
            edges.push({ edge, forward: true });
            const back = this.cameBy[this.siteOf[edge]];
            if (back >= 0) edges.push({ edge: back, forward: false });
            edge = back >= 0 ? this.offerCameBy[this.list.reachOffer[back]] : -1;
        }
        return edges;
    }

    /** Sends as many as possible from all sites; whether everybody found a way. */
    sendAll() {
        let all = true;
        for (let site = 0; site < this.children.length; site++) {
            while (this.children[site] > 0) {
                const amount = this.send(site, this.children[site]);
                if (amount === 0) break;
                this.children[site] -= amount;
            }
            if (this.children[site] > 0) all = false;
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
