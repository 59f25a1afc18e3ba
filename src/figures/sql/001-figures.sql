-- What was said (snapshot.h). A publication is a set of figures said together; each correction of it is a new version
-- of all of it, and no version is ever changed.
create table publication (
    id IDENTITY,
    name_zh TEXT not null, name_en TEXT not null,   -- "2024-02-27 新闻发布会"
    said_on BIGINT not null                         -- day
);
create table publication_version (
    publication BIGINT not null references publication (id),
    version BIGINT not null,            -- from 1
    day BIGINT not null,                -- of most of its figures
    recorded BIGINT not null,           -- what was known at this moment counted
    published_at BIGINT not null,
    published_by BIGINT not null,       -- account
    reason TEXT not null,               -- of a correction; empty of the first
    hash BLOB not null,                 -- SM3 over all of it (snapshot.h)
    primary key (publication, version)
);
create table publication_figure (
    publication BIGINT not null, version BIGINT not null,
    indicator TEXT not null,
    name_zh TEXT not null, name_en TEXT not null,
    scope_zh TEXT not null, scope_en TEXT not null,
    unit TEXT not null, kind TEXT not null,
    definition BLOB not null,           -- SM3 of the indicator's file
    definition_text TEXT not null,      -- and its text, so that it can be counted again
    day BIGINT not null,                -- of the figure
    state BIGINT not null,              -- 0: a value; else why there is none (compute.h)
    numerator BIGINT not null, denominator BIGINT not null,
    before_numerator BIGINT not null, before_denominator BIGINT not null,
    value_e6 BIGINT not null, said_e6 BIGINT not null, decimals BIGINT not null,
    primary key (publication, version, indicator)
);
-- Figures count whole kinds by institution: one index a kind that holds all that such a count asks for, in its order,
-- so that the rows themselves are not read (docs/performance.md).
create index pupil_fact_counted on pupil_fact
    (institution, division, stage, entry_year, class, boards, valid_from, valid_until, recorded_at, replaced_at, subject);
create index staff_fact_counted on staff_fact
    (institution, division, post, full_time, valid_from, valid_until, recorded_at, replaced_at, subject);
