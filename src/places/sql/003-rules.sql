-- What a policy may say beside categories and order (docs/city.md): kinds of places, siblings who ask together, waiting
-- lists, the audit, a lot per wish; keys of rounds and codes of witnesses without an account.

-- The facts by which a wish was judged (settle.c), so that the list can tell to which groups the child belongs there;
-- -1: not judged yet.
alter table choice add column facts BIGINT not null default -1;
alter table choice add column lot TEXT not null default '';         -- of the wish, with a lot per wish; from `allotted` on

-- Siblings of one round who ask together carry the same number: the id of one of their applications.
alter table application add column together BIGINT;
create index application_together on application (together);

alter table outcome add column kind BIGINT not null default 0;      -- of place, within the offer
alter table outcome add column lead BIGINT;                         -- siblings together: whose ticket it is; null: alone
alter table outcome add column places BIGINT not null default 1;    -- of the ticket
alter table outcome add column implied_member BIGINT not null default 0;
alter table outcome add column implied_lot TEXT not null default '';
create index outcome_lead on outcome (lead);

alter table cutoff add column added BIGINT not null default 0;      -- places above the plan, for siblings
alter table offer add column added BIGINT not null default 0;       -- those of them that are in the ledger's plan now
-- Per kind of place of an offer that has several, in the order in which they are filled; written by the step `allot`.
create table kind_cutoff (
    offer BIGINT not null references offer (id),
    kind BIGINT not null,               -- index in the kinds of the policy for this school
    places BIGINT not null,
    whom TEXT not null,                 -- all first only others
    ord TEXT not null,                  -- priority lot
    admitted BIGINT not null,
    fully BIGINT not null,
    other BIGINT not null,              -- 1: with `first`, the last one is no member
    choice_rank BIGINT not null,        -- 0: nobody was admitted
    category BIGINT not null,
    subrank BIGINT not null,
    sibling BIGINT not null,
    distance BIGINT not null,
    lot TEXT not null,
    primary key (offer, kind)
);
alter table claim add column kind BIGINT not null default 0;        -- of a place that is held or taken
alter table claim add column member BIGINT not null default 0;      -- of who waits: bit k, belongs to the group of kind k
alter table place_move add column source_kind BIGINT not null default 0;
alter table place_move add column target_kind BIGINT not null default 0;

-- The files that the seed drew to be looked at once more, in the order drawn.
create table audit_file (
    round BIGINT not null references round (id),
    number BIGINT not null,             -- from 1
    application BIGINT not null references application (id),
    found TEXT not null default '',     -- '' (not looked at yet) right wrong
    reason TEXT not null default '',
    at BIGINT,
    account BIGINT,
    primary key (round, number)
);
create index audit_file_application on audit_file (application);

-- A witness without an account hands in with a code that the county's officer gives out.
alter table witness add column code_hash TEXT not null default '';
alter table witness add column code_at BIGINT;

-- Signatures behind the parts of a round's transcript, each once: the files are made again with the same bytes.
create table round_signature (
    round BIGINT not null references round (id),
    part TEXT not null,                 -- close (the list of the close) list seed result moves
    batch BIGINT not null,              -- of moves; else 0
    hash TEXT not null,                 -- hex, of the part's last line
    key TEXT not null,                  -- hex, 04 x y
    signature TEXT not null,            -- hex, r s
    at BIGINT not null,
    primary key (round, part, batch)
);
