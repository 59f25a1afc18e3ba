-- The register in two times (facts.h). Each table below holds versions of facts of one kind of thing (kinds.h):
--   subject      the thing; one number within its kind, for ever. Of an institution it is institution.id,
--                of staff, pupils and athletes person.id
--   code         how the thing is called outside: one within its kind, for ever
--   valid_from   the first day on which the facts hold, valid_until the first on which they no longer do
--                (2932897 = the day after 9999-12-31: open)
--   recorded_at  when the program learnt it, replaced_at when it learnt better (ms; 253402300800000: stands)
--   change       register_change by which it was recorded
--   division     whose it is: a code, so that scope is a prefix. institution: the institution's id, 0: of none
-- Rows are added; of an old row only replaced_at and replaced_by are ever set, once. What was said on a day can be
-- said again: recorded_at <= then and replaced_at > then.
create table register_change (
    id IDENTITY,
    kind TEXT not null,                 -- a kind of kinds.h, or an event: merge split move rename close, or import, demo
    division TEXT not null,             -- whom it concerns, as widely as one code says it
    institution BIGINT not null,        -- 0: of none
    state TEXT not null,                -- proposed | confirmed | rejected | withdrawn | undone
    note TEXT not null,                 -- why, in the words of who proposed it
    document TEXT not null,             -- the paper that it rests on: number or name
    body TEXT not null,                 -- what it is to do, one line a step (change.h); empty when made at once
    proposed_at BIGINT not null,
    proposed_by BIGINT not null,        -- account; 0: the program
    decided_at BIGINT,
    decided_by BIGINT,
    reason TEXT not null                -- of a rejection or an undoing
);
create index register_change_state on register_change (state, division);
create index register_change_institution on register_change (institution);

-- People of the register: staff, pupils, athletes. Who they are is sealed; what they do here is a fact.
create table person (
    id IDENTITY,
    citizen_hash BLOB not null unique,
    citizen_sealed BLOB not null,
    name_sealed BLOB not null,
    sex TEXT not null,                  -- GB/T 2261.1
    birth_day BIGINT not null
);

create table division_fact (
    id IDENTITY, subject BIGINT not null, code TEXT not null,
    valid_from BIGINT not null, valid_until BIGINT not null, recorded_at BIGINT not null, replaced_at BIGINT not null,
    change BIGINT not null, replaced_by BIGINT, division TEXT not null, institution BIGINT not null,
    parent TEXT not null, level TEXT not null,          -- city | county | township
    name_zh TEXT not null, name_en TEXT not null
);
create table institution_fact (
    id IDENTITY, subject BIGINT not null, code TEXT not null,
    valid_from BIGINT not null, valid_until BIGINT not null, recorded_at BIGINT not null, replaced_at BIGINT not null,
    change BIGINT not null, replaced_by BIGINT, division TEXT not null, institution BIGINT not null,
    kind TEXT not null,                 -- GB/T 33782, or a word of kinds.h: training_base rehabilitation canteen supplier
                                        -- enterprise venue fitness_plaza bureau
    ownership TEXT not null,            -- public | private | other
    place_kind TEXT not null,           -- 111 112 city, 121 122 123 town, 210 220 rural; empty: does not matter
    name_zh TEXT not null, name_en TEXT not null,
    address_zh TEXT not null, phone TEXT not null,
    founded BIGINT not null,            -- day
    parent TEXT not null,               -- code of the institution that it belongs to (canteen of a school), or empty
    lon_e6 BIGINT not null, lat_e6 BIGINT not null      -- CGCS2000; 0 0: not known
);
create table site_fact (
    id IDENTITY, subject BIGINT not null, code TEXT not null,
    valid_from BIGINT not null, valid_until BIGINT not null, recorded_at BIGINT not null, replaced_at BIGINT not null,
    change BIGINT not null, replaced_by BIGINT, division TEXT not null, institution BIGINT not null,
    name_zh TEXT not null, name_en TEXT not null, address_zh TEXT not null,
    frame TEXT not null,                -- cgcs2000 | gcj02 | bd09: in which x and y were given
    x_e6 BIGINT not null, y_e6 BIGINT not null,         -- as given
    lon_e6 BIGINT not null, lat_e6 BIGINT not null,     -- CGCS2000, computed
    land_m2 BIGINT not null, floor_m2 BIGINT not null,
    shared_with TEXT not null           -- code of the institution that owns it too: counted once; or empty
);
create table staff_fact (
    id IDENTITY, subject BIGINT not null, code TEXT not null,
    valid_from BIGINT not null, valid_until BIGINT not null, recorded_at BIGINT not null, replaced_at BIGINT not null,
    change BIGINT not null, replaced_by BIGINT, division TEXT not null, institution BIGINT not null,
    post TEXT not null,                 -- teacher head deputy_head form_teacher inspector coach other
    full_time BIGINT not null,
    course TEXT not null,               -- what is taught, or empty
    title TEXT not null                 -- professional title: senior | first | second | third | none
);
create table pupil_fact (
    id IDENTITY, subject BIGINT not null, code TEXT not null,
    valid_from BIGINT not null, valid_until BIGINT not null, recorded_at BIGINT not null, replaced_at BIGINT not null,
    change BIGINT not null, replaced_by BIGINT, division TEXT not null, institution BIGINT not null,
    stage TEXT not null,                -- kindergarten primary junior senior vocational college special
    entry_year BIGINT not null,         -- year of entering the stage: grade = school year - entry_year + 1
    class BIGINT not null,              -- number of the class within the year; 0: none yet
    boards BIGINT not null,
    admitted_by TEXT not null           -- receipt of the place by which it came in (places), or empty
);
create table honour_fact (
    id IDENTITY, subject BIGINT not null, code TEXT not null,
    valid_from BIGINT not null, valid_until BIGINT not null, recorded_at BIGINT not null, replaced_at BIGINT not null,
    change BIGINT not null, replaced_by BIGINT, division TEXT not null, institution BIGINT not null,
    designation TEXT not null,          -- id of designations.yaml in the city's folder
    level TEXT not null,                -- national | provincial | city | county
    body TEXT not null,                 -- who grants it
    batch TEXT not null,
    holder_kind TEXT not null,          -- institution | division | staff | group | programme
    holder TEXT not null,               -- its code
    document TEXT not null
);
create table group_fact (
    id IDENTITY, subject BIGINT not null, code TEXT not null,
    valid_from BIGINT not null, valid_until BIGINT not null, recorded_at BIGINT not null, replaced_at BIGINT not null,
    change BIGINT not null, replaced_by BIGINT, division TEXT not null, institution BIGINT not null,
    kind TEXT not null,                 -- education_group alliance pairing city_consortium national_community voc_group
                                        -- voc_alliance industry_college school_enterprise meal_supply
    stage TEXT not null,                -- compulsory | preschool | senior | vocational | any
    name_zh TEXT not null, name_en TEXT not null, document TEXT not null
);
create table member_fact (
    id IDENTITY, subject BIGINT not null, code TEXT not null,
    valid_from BIGINT not null, valid_until BIGINT not null, recorded_at BIGINT not null, replaced_at BIGINT not null,
    change BIGINT not null, replaced_by BIGINT, division TEXT not null, institution BIGINT not null, -- the member
    group_code TEXT not null, role TEXT not null        -- lead | member | partner
);
create table programme_fact (
    id IDENTITY, subject BIGINT not null, code TEXT not null,
    valid_from BIGINT not null, valid_until BIGINT not null, recorded_at BIGINT not null, replaced_at BIGINT not null,
    change BIGINT not null, replaced_by BIGINT, division TEXT not null, institution BIGINT not null,
    kind TEXT not null,                 -- major major_group pathway open_course apprenticeship lifelong_brand sport
    name_zh TEXT not null, name_en TEXT not null,
    major TEXT not null,                -- code of the major, or empty
    leads_to TEXT not null,             -- of a pathway: college | degree; else empty
    partner TEXT not null,              -- code of the other institution, or empty
    years BIGINT not null, places BIGINT not null       -- length, places a year; 0: does not matter
);
create table project_fact (
    id IDENTITY, subject BIGINT not null, code TEXT not null,
    valid_from BIGINT not null, valid_until BIGINT not null, recorded_at BIGINT not null, replaced_at BIGINT not null,
    change BIGINT not null, replaced_by BIGINT, division TEXT not null, institution BIGINT not null,
    kind TEXT not null,                 -- school_building weak_link voc_expansion college_expansion training_base
                                        -- fitness_plaza livelihood_item policy_measure policy_document
    name_zh TEXT not null, name_en TEXT not null,
    lead TEXT not null,                 -- who answers for it: education | sports | … ; empty: the institution
    year BIGINT not null,               -- in whose plan it stands
    planned BIGINT not null, finished BIGINT not null,  -- days; finished 0: not yet
    invested_fen BIGINT not null, places BIGINT not null, land_m2 BIGINT not null, floor_m2 BIGINT not null,
    state TEXT not null,                -- planned | under_way | finished | stopped
    document TEXT not null
);
create table activity_fact (
    id IDENTITY, subject BIGINT not null, code TEXT not null,
    valid_from BIGINT not null, valid_until BIGINT not null, recorded_at BIGINT not null, replaced_at BIGINT not null,
    change BIGINT not null, replaced_by BIGINT, division TEXT not null, institution BIGINT not null,
    kind TEXT not null,                 -- sport_event training meeting
    level TEXT not null, name_zh TEXT not null, name_en TEXT not null,
    held BIGINT not null,               -- its first day; valid_until is the day after its last
    persons BIGINT not null, attendances BIGINT not null -- -1: not counted
);
create table statement_fact (           -- what others found out about the city: ranks, surveys
    id IDENTITY, subject BIGINT not null, code TEXT not null,
    valid_from BIGINT not null, valid_until BIGINT not null, recorded_at BIGINT not null, replaced_at BIGINT not null,
    change BIGINT not null, replaced_by BIGINT, division TEXT not null, institution BIGINT not null,
    kind TEXT not null,                 -- rank | survey | count
    name_zh TEXT not null, name_en TEXT not null,
    numerator BIGINT not null, denominator BIGINT not null, -- a rank: rank and 1; a survey: persons who said so, sample
    source TEXT not null, document TEXT not null
);
create table cohort_fact (              -- people counted together: graduates and where they went, apprentices trained
    id IDENTITY, subject BIGINT not null, code TEXT not null,
    valid_from BIGINT not null, valid_until BIGINT not null, recorded_at BIGINT not null, replaced_at BIGINT not null,
    change BIGINT not null, replaced_by BIGINT, division TEXT not null, institution BIGINT not null,
    kind TEXT not null,                 -- graduates_secondary | graduates_college | apprentices
    programme TEXT not null,            -- code of the programme or major, or empty
    year BIGINT not null, persons BIGINT not null, placed BIGINT not null, studying BIGINT not null
);
create table charge_fact (              -- who answers for an institution: responsible inspectors
    id IDENTITY, subject BIGINT not null, code TEXT not null,
    valid_from BIGINT not null, valid_until BIGINT not null, recorded_at BIGINT not null, replaced_at BIGINT not null,
    change BIGINT not null, replaced_by BIGINT, division TEXT not null, institution BIGINT not null,
    kind TEXT not null, staff TEXT not null              -- inspector; code of the member of staff
);
create table provision_fact (           -- what an institution offers or has: after-class service, digital campus
    id IDENTITY, subject BIGINT not null, code TEXT not null,
    valid_from BIGINT not null, valid_until BIGINT not null, recorded_at BIGINT not null, replaced_at BIGINT not null,
    change BIGINT not null, replaced_by BIGINT, division TEXT not null, institution BIGINT not null,
    kind TEXT not null,                 -- after_class digital_campus learning_space open_to_public
    link TEXT not null, evidence TEXT not null
);
create table condition_fact (           -- a school's conditions in a school year, as reported
    id IDENTITY, subject BIGINT not null, code TEXT not null,
    valid_from BIGINT not null, valid_until BIGINT not null, recorded_at BIGINT not null, replaced_at BIGINT not null,
    change BIGINT not null, replaced_by BIGINT, division TEXT not null, institution BIGINT not null,
    school_type TEXT not null,          -- general technical attached arts college: which rows of a standard apply
    students BIGINT not null, teachers BIGINT not null, land_m2 BIGINT not null, floor_m2 BIGINT not null,
    equipment_fen BIGINT not null, books BIGINT not null
);
create table venue_fact (               -- where people do sport
    id IDENTITY, subject BIGINT not null, code TEXT not null,
    valid_from BIGINT not null, valid_until BIGINT not null, recorded_at BIGINT not null, replaced_at BIGINT not null,
    change BIGINT not null, replaced_by BIGINT, division TEXT not null, institution BIGINT not null,
    kind TEXT not null,                 -- large | plaza | school_ground | court | pool | track
    sports TEXT not null,               -- words of kinds.h, separated by blanks
    hours TEXT not null,                -- opening hours: "Mo-Fr 06:00-22:00; Sa,Su 08:00-21:00"; empty: not known
    fee TEXT not null,                  -- free | low | paid | unknown
    access TEXT not null,               -- yes | partly | no | unknown: for a wheelchair
    name_zh TEXT not null, name_en TEXT not null, address_zh TEXT not null,
    lon_e6 BIGINT not null, lat_e6 BIGINT not null,
    checked BIGINT not null, checked_by TEXT not null   -- the last look: day, by whom
);
create table athlete_fact (
    id IDENTITY, subject BIGINT not null, code TEXT not null,
    valid_from BIGINT not null, valid_until BIGINT not null, recorded_at BIGINT not null, replaced_at BIGINT not null,
    change BIGINT not null, replaced_by BIGINT, division TEXT not null, institution BIGINT not null,
    programme TEXT not null, team TEXT not null          -- code of the sport programme; city | provincial | national
);

-- For each table: versions of a thing; what stands in an institution; codes.
create index division_fact_subject on division_fact (subject, replaced_at);
create index division_fact_code on division_fact (code);
create index institution_fact_subject on institution_fact (subject, replaced_at);
create index institution_fact_code on institution_fact (code);
create index institution_fact_division on institution_fact (division);
create index site_fact_subject on site_fact (subject, replaced_at);
create index site_fact_code on site_fact (code);
create index site_fact_institution on site_fact (institution);
create index staff_fact_subject on staff_fact (subject, replaced_at);
create index staff_fact_code on staff_fact (code);
create index staff_fact_institution on staff_fact (institution);
create index pupil_fact_subject on pupil_fact (subject, replaced_at);
create index pupil_fact_institution on pupil_fact (institution, entry_year);
create index honour_fact_subject on honour_fact (subject, replaced_at);
create index honour_fact_code on honour_fact (code);
create index honour_fact_designation on honour_fact (designation);
create index honour_fact_institution on honour_fact (institution);
create index group_fact_subject on group_fact (subject, replaced_at);
create index group_fact_code on group_fact (code);
create index member_fact_subject on member_fact (subject, replaced_at);
create index member_fact_code on member_fact (code);
create index member_fact_group on member_fact (group_code);
create index member_fact_institution on member_fact (institution);
create index programme_fact_subject on programme_fact (subject, replaced_at);
create index programme_fact_code on programme_fact (code);
create index programme_fact_institution on programme_fact (institution);
create index project_fact_subject on project_fact (subject, replaced_at);
create index project_fact_code on project_fact (code);
create index project_fact_institution on project_fact (institution);
create index activity_fact_subject on activity_fact (subject, replaced_at);
create index activity_fact_code on activity_fact (code);
create index statement_fact_subject on statement_fact (subject, replaced_at);
create index statement_fact_code on statement_fact (code);
create index cohort_fact_subject on cohort_fact (subject, replaced_at);
create index cohort_fact_code on cohort_fact (code);
create index cohort_fact_institution on cohort_fact (institution);
create index charge_fact_subject on charge_fact (subject, replaced_at);
create index charge_fact_code on charge_fact (code);
create index charge_fact_institution on charge_fact (institution);
create index provision_fact_subject on provision_fact (subject, replaced_at);
create index provision_fact_code on provision_fact (code);
create index provision_fact_institution on provision_fact (institution);
create index condition_fact_subject on condition_fact (subject, replaced_at);
create index condition_fact_code on condition_fact (code);
create index condition_fact_institution on condition_fact (institution);
create index venue_fact_subject on venue_fact (subject, replaced_at);
create index venue_fact_code on venue_fact (code);
create index venue_fact_institution on venue_fact (institution);
create index athlete_fact_subject on athlete_fact (subject, replaced_at);
create index athlete_fact_code on athlete_fact (code);

-- Households, from public security: children living in a community by month of birth, as counted on a day; and what
-- came of it: who entered which stage in a year, by community of home.
create table household_count (
    community BIGINT not null references community (id),
    birth_month BIGINT not null,        -- year * 12 + month - 1
    counted_on BIGINT not null,         -- day
    recorded_at BIGINT not null,
    children BIGINT not null,
    registered BIGINT not null,         -- of these with household registration here
    primary key (community, birth_month, counted_on)
);
create table entrant_count (
    community BIGINT not null references community (id),
    stage TEXT not null,
    year BIGINT not null,
    entrants BIGINT not null,           -- who entered a school of the county from here
    private BIGINT not null,            -- of these a private school
    primary key (community, stage, year)
);
create table new_dwelling (             -- what is being built: homes and when they are handed over
    id IDENTITY,
    community BIGINT not null references community (id),
    homes BIGINT not null,
    handed_over BIGINT not null,        -- day, planned
    recorded_at BIGINT not null
);
