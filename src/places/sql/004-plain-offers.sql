-- Offers of other nouns, whose places pass on by themselves (claim.h): all that the ledger must know of them. Their ids
-- are of one count with those of table offer.
create table plain_offer (
    id BIGINT primary key,
    capacity BIGINT not null,
    division TEXT not null,
    answer_ms BIGINT not null           -- a place that came free is held so long for who waited; 0: without an end
);
