-- Briefings (briefing.h): what is said in public on a day, from a template and the figures that were counted for it. A
-- correction is a new version of all of it; a published version is never changed.
create table briefing (
    id IDENTITY,
    name_zh TEXT not null, name_en TEXT not null,
    said_on BIGINT not null                 -- day
);
create table briefing_version (
    briefing BIGINT not null references briefing (id),
    version BIGINT not null,                -- from 1
    state TEXT not null,                    -- draft | checked | approved | published
    day BIGINT not null,                    -- as on which day the figures are
    recorded BIGINT not null,               -- what was known at this moment counted
    text_zh TEXT not null, text_en TEXT not null,
    reason TEXT not null,                   -- of a correction; empty of the first
    drafted_at BIGINT not null, drafted_by BIGINT not null,
    checked_at BIGINT not null, checked_by BIGINT not null,
    checked_hash BLOB,                      -- SM3 of what was checked; null: it was not, or was changed since
    approved_at BIGINT not null, approved_by BIGINT not null,
    published_at BIGINT not null, published_by BIGINT not null,
    publication BIGINT not null, publication_version BIGINT not null,    -- what it froze (snapshot.h); 0: nothing yet
    primary key (briefing, version)
);
create table briefing_figure (
    briefing BIGINT not null, version BIGINT not null,
    indicator TEXT not null,
    day BIGINT not null,
    definition BLOB not null,               -- SM3 of the indicator's file by which it was counted
    state BIGINT not null,                  -- 0: a value (compute.h)
    numerator BIGINT not null, denominator BIGINT not null,
    before_numerator BIGINT not null, before_denominator BIGINT not null,
    value_e6 BIGINT not null, said_e6 BIGINT not null, decimals BIGINT not null,
    other_e6 BIGINT,                        -- what is said instead; null: what was counted
    note TEXT not null,                     -- why, or why it is said although the check found something
    answered_by BIGINT not null,            -- account
    finding TEXT not null,                  -- of the last check: impossible | differs | changed | missing | few; empty
    finding_zh TEXT not null, finding_en TEXT not null,
    primary key (briefing, version, indicator)
);
