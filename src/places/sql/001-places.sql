-- Places: rounds, offers, applications, their facts, the allotment and the ledger underneath.
-- A round is one county, one stage, one year (and its late round, which names it as parent).
create table policy (
    id IDENTITY,
    division TEXT not null,             -- county code
    stage TEXT not null,                -- primary | junior
    year BIGINT not null,
    version BIGINT not null,
    text TEXT not null,                 -- the YAML document
    hash TEXT not null,                 -- SM3 of the text, hex
    at BIGINT not null,
    account BIGINT not null,
    note TEXT not null,
    unique (division, stage, year, version)
);

create table round (
    id IDENTITY,
    label TEXT not null unique,         -- "371502-primary-2026", late: "371502-primary-2026-late"
    division TEXT not null,
    stage TEXT not null,
    year BIGINT not null,
    parent BIGINT references round (id),
    policy BIGINT not null references policy (id),
    state TEXT not null,                -- draft announced open closed final opened allotted looked published ended
    opens_at BIGINT not null,
    closes_at BIGINT not null,
    objections_until BIGINT not null,
    draw_at BIGINT not null,
    publish_at BIGINT not null,
    answer_by BIGINT not null,
    rules_hash TEXT,                    -- hex, from `announced` on
    seed TEXT,                          -- hex, from `opened` on
    transcript TEXT                     -- file name under DATA/transcripts, from `allotted` on
);
create index round_division on round (division, stage, year);
-- Each step of a round, once: who, when, and what was fixed by it.
create table round_step (
    round BIGINT not null references round (id),
    step TEXT not null,                 -- announce open close final open_secrets allot look publish late end
    at BIGINT not null,
    account BIGINT not null,
    root TEXT,                          -- hex, of close and final
    listed BIGINT,                      -- leaves under that root
    detail TEXT not null default '',
    primary key (round, step)
);

create table offer (
    id IDENTITY,
    round BIGINT not null references round (id),
    institution BIGINT not null references institution (id),
    kind TEXT not null,                 -- public | private
    classes BIGINT not null,
    class_size BIGINT not null,
    capacity BIGINT not null,
    boarding BIGINT not null default 0,
    last_cutoff TEXT not null default '',   -- last year's, as data: "category subrank distance" or ''
    unique (round, institution)
);
create table offer_change (             -- every change of a plan; public once the round is announced
    id IDENTITY,
    offer BIGINT not null references offer (id),
    at BIGINT not null,
    account BIGINT not null,
    classes_before BIGINT not null,
    classes_after BIGINT not null,
    capacity_before BIGINT not null,
    capacity_after BIGINT not null,
    reason TEXT not null
);
create index offer_change_offer on offer_change (offer);

create table application (
    id IDENTITY,
    round BIGINT not null references round (id),
    child BIGINT not null references child (id),
    account BIGINT not null,            -- the guardian's who began it
    state TEXT not null,                -- draft | submitted | withdrawn
    receipt TEXT unique,                -- from submission on; not to be guessed
    step TEXT not null default 'consent',   -- where the draft stands (save and come back)
    consent_at BIGINT,
    consent_text TEXT,                  -- hash of the text that was consented to
    dwelling BIGINT references dwelling (id),
    claim_kind TEXT,                    -- id of the city's kinds of dwelling: own, grandparents, leased, permit …
    claim_sealed BLOB,                  -- what was typed of the dwelling: owner's number, name, title's number, kind
    claims BIGINT not null default 0,   -- bits of city/policy.h that the family claims beside the dwelling's own
    school BIGINT references institution (id),   -- of the first wish: its desk reviews first
    family_hash BLOB,                   -- keyed hash of the household: siblings share it (dwelling_lock)
    sibling_school BIGINT references institution (id),
    sibling_hash BLOB,                  -- keyed hash of the elder's citizen number
    twin BIGINT references application (id),
    facts BIGINT not null default 0,    -- bits of city/city.h that are established (child's, not the choice's)
    half_family BLOB,                   -- the family's half of the leaf's salt
    half_bureau BLOB,
    ticket BLOB,                        -- 32 bytes; the same for a child and a year whatever the family does
    review TEXT not null default 'none',    -- none waiting correction counter passed refused
    review_level TEXT not null default 'school',    -- whose desk it waits at: school | county
    review_reasons TEXT not null default '',    -- ids of city.yaml, separated by blanks
    unlocked BIGINT not null default 0, -- parts that a correction opened (places/application.h)
    reviewer BIGINT,
    queue_at BIGINT,                    -- when it joined the queue of what needs a person
    begun_at BIGINT not null,
    submitted_at BIGINT,
    changed_at BIGINT not null,
    version BIGINT not null default 1,  -- rises with every change (two phones: the later one is told)
    unique (round, child)
);
create index application_review on application (round, review, review_level, queue_at);
create index application_school on application (school, review, review_level, queue_at);
create index application_account on application (account);
create index application_child on application (child);
create index application_dwelling on application (dwelling);
create table choice (
    application BIGINT not null references application (id),
    rank BIGINT not null,
    offer BIGINT not null references offer (id),
    distance BIGINT not null,           -- metres, straight
    category BIGINT not null default -1,    -- index in the policy's categories (of a private school: in its
                                        -- private_classes); -1: not yet judged
    subrank BIGINT not null default 0,
    sibling BIGINT not null default 0,
    primary key (application, rank)
);
create index choice_offer on choice (offer);

-- The latest state of each check of an application.
create table fact (
    application BIGINT not null references application (id),
    kind TEXT not null,                 -- id of the check in city.yaml
    state TEXT not null,                -- not_asked queued passed failed person silent
    source TEXT not null default '',    -- authority id, or 'person', or 'sheet'
    request TEXT not null default '',   -- number in `ask`, which keeps what the department said
    reason TEXT not null default '',    -- id of the enumeration when failed
    facts BIGINT not null default 0,    -- bits that this check establishes
    asked_at BIGINT,
    answered_at BIGINT,
    primary key (application, kind)
);
create index fact_state on fact (state);

create table paper (
    id IDENTITY,
    application BIGINT not null references application (id),
    check_kind TEXT not null,
    kind TEXT not null,                 -- kind of paper in city.yaml
    type TEXT not null,                 -- image/jpeg image/png application/pdf
    size BIGINT not null,
    digest TEXT not null,               -- SM3 of the plain bytes, hex
    stored TEXT not null,               -- file under DATA/papers, sealed
    at BIGINT not null,
    account BIGINT not null,
    removed_at BIGINT
);
create index paper_application on paper (application);

create table review (                   -- every decision on an application, never changed
    id IDENTITY,
    application BIGINT not null references application (id),
    at BIGINT not null,
    account BIGINT not null,
    level TEXT not null,                -- school | county
    decision TEXT not null,             -- passed correction counter refused note
    reasons TEXT not null,
    note_sealed BLOB
);
create index review_application on review (application);

create table witness (
    round BIGINT not null references round (id),
    id TEXT not null,                   -- of the policy
    commitment TEXT,                    -- hex SM3 of the secret
    committed_at BIGINT,
    secret TEXT,                        -- hex, once opened
    opened_at BIGINT,
    primary key (round, id)
);

-- One dwelling serves one household's entrants once in the policy's years; siblings excepted.
create table dwelling_lock (
    dwelling BIGINT not null references dwelling (id),
    stage TEXT not null,
    until_year BIGINT not null,
    family_hash BLOB not null,          -- keyed hash of the household: siblings share it
    application BIGINT,
    primary key (dwelling, stage)
);

-- What the allotment said of each listed application; written once by the step `allot`.
create table outcome (
    application BIGINT primary key references application (id),
    offer BIGINT references offer (id), -- null: not placed
    how TEXT not null,                  -- choice | balance | unplaced
    rank BIGINT not null default 0,     -- of the choice
    lot TEXT not null,                  -- 32 hex digits
    -- the catchment's school after a lost draw (places/round_list.h), which is no row of choice; null: none
    implied BIGINT references offer (id),
    implied_category BIGINT,
    implied_subrank BIGINT,
    implied_distance BIGINT             -- metres
);
create index outcome_offer on outcome (offer);
create table cutoff (
    offer BIGINT not null references offer (id),
    category BIGINT not null,
    subrank BIGINT not null,
    distance BIGINT not null,           -- metres, in whole steps; 0 where the order does not name it
    lot TEXT not null,
    fully BIGINT not null,              -- 1: the offer is full, so the cut-off bites
    admitted BIGINT not null,           -- by choice
    choice_rank BIGINT not null,        -- of the last one's wish, from 1; 0: nobody was admitted
    sibling BIGINT not null,
    listed BIGINT not null,             -- who asked for it at any rank
    balanced BIGINT not null,           -- sent by balance
    primary key (offer)
);
create table admitted (                 -- counts per offer and category
    offer BIGINT not null references offer (id),
    category BIGINT not null,
    applied BIGINT not null,
    admitted BIGINT not null,
    primary key (offer, category)
);

-- The ledger of places: double entry. Each entry moves n places of an offer from one bucket to another.
-- Buckets: plan (source, <= 0), free, held, taken (>= 0); demand (source, <= 0), waiting (>= 0).
-- Of each offer the six balances add up to nothing, capacity = -plan, and held and taken and waiting equal the
-- claims in that state. Checked before each commit for the offers touched (places/ledger.h).
create table ledger_entry (
    id IDENTITY,
    at BIGINT not null,
    offer BIGINT not null,
    source TEXT not null,
    target TEXT not null,
    places BIGINT not null,
    reason TEXT not null,
    subject BIGINT not null             -- application or other claimant; 0: the plan itself
);
create index ledger_entry_offer on ledger_entry (offer);
create index ledger_entry_at on ledger_entry (at);  -- the check finds the offers that a transaction touched
create table ledger_balance (
    offer BIGINT not null,
    bucket TEXT not null,
    places BIGINT not null,
    primary key (offer, bucket)
);
create table claim (
    id IDENTITY,
    offer BIGINT not null,
    subject BIGINT not null,
    state TEXT not null,                -- waiting | held | taken | returned
    sort TEXT not null default '',      -- order in the waiting list (priority, lot, ticket as fixed-width text)
    answer_by BIGINT,                   -- of a hold
    reason TEXT not null default '',
    at BIGINT not null,
    unique (offer, subject)
);
create index claim_state on claim (offer, state, sort);
create index claim_due on claim (state, answer_by);
create index claim_subject on claim (subject);
create index claim_at on claim (at);
-- Each move of a place after the publication; a line of the transcript's moves once it is in a batch.
create table place_move (
    round BIGINT not null references round (id),
    number BIGINT not null,             -- from 1
    application BIGINT not null,
    kind TEXT not null,                 -- declined waiting passed late removed
    source BIGINT,                      -- offer; null: none
    target BIGINT,
    at BIGINT not null,
    batch BIGINT,                       -- null: not in the transcript yet
    note TEXT not null,
    primary key (round, number)
);

-- Messages to families shown on the status page (leaving by SMS and mail comes with the outbox).
create table message (
    id IDENTITY,
    application BIGINT not null references application (id),
    at BIGINT not null,
    kind TEXT not null,                 -- submitted correction passed refused counter placed moved confirmed declined
    detail TEXT not null default '',
    read_at BIGINT
);
create index message_application on message (application);
