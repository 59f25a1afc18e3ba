-- A case: what somebody must do by a date. What a kind of case is stands in the city's folder (cases/ID.yaml).
create table case_file (
    id IDENTITY,                        -- writing_id
    kind TEXT not null,
    number TEXT not null unique,        -- ZG-2026-000123
    division TEXT not null,             -- of its subject; scope is a prefix of it
    institution BIGINT,                 -- institution.id, or null
    subject TEXT not null default '',   -- code of a project, sports ground …; id of an application
    title TEXT not null,                -- one line; of confidential kinds empty
    stage TEXT not null,
    desk BIGINT not null,               -- bit of enum case_desk: whose it is now; 0: closed
    holder BIGINT,                      -- account that has taken it or was given it; null: whoever is at the desk
    opener BIGINT,                      -- account; null: the public or the program
    opener_institution BIGINT,          -- of an opener with one (an enterprise, a school)
    opened_at BIGINT not null,
    stage_from BIGINT not null,         -- day on which the term of the stage began
    term BIGINT not null default 0,     -- working days; 0: none, or a day was given
    due BIGINT,                         -- last day on which it is in time; null: none
    reach BIGINT not null default 0,    -- desks to which it has climbed, bits
    look_on BIGINT,                     -- day on which the clock must look at it next (reminder, climb); null: never
    paused_at BIGINT,                   -- moment; null: it runs
    paused_days BIGINT not null default 0,  -- working days that this stage stood still
    severity TEXT not null default '',  -- usual | major, of findings
    item TEXT not null default '',      -- of a finding: CHECKLIST/ITEM
    parent BIGINT references case_file (id),
    closed_at BIGINT,
    failed BIGINT not null default 0,   -- closed without success
    open_from BIGINT,                   -- moment from which the public sees it; null: not
    changed_at BIGINT not null,
    client_key TEXT unique,             -- of an opening that must happen once
    confidential BIGINT not null default 0  -- seen by those alone whom it names
);
create index case_file_desk on case_file (desk, division, due);
create index case_file_institution on case_file (institution, kind, opened_at);
create index case_file_division on case_file (division, kind, opened_at);
create index case_file_kind on case_file (kind, closed_at);
create index case_file_look on case_file (look_on);
create index case_file_parent on case_file (parent);
create index case_file_subject on case_file (subject, kind);
create index case_file_holder on case_file (holder);
create index case_file_item on case_file (institution, item);
-- History: never changed, never removed.
create table case_step (
    id IDENTITY,                        -- writing_id
    case_file BIGINT not null references case_file (id),
    at BIGINT not null,
    account BIGINT,                     -- null: the program or the public
    role TEXT not null default '',
    act TEXT not null,                  -- id of an act, or open | remark | remind | climb | pause | resume | hand_over | recount
    from_stage TEXT not null,
    to_stage TEXT not null,
    note TEXT not null default '',      -- of confidential kinds empty: sealed in case_sealed
    due BIGINT,                         -- after the step
    day BIGINT not null                 -- of a climb or reminder the day on which it was due, else that of `at`
);
create index case_step_case on case_step (case_file, id);
create index case_step_account on case_step (account, at);
-- Acts whose form carries a key of the sender's own (filled without a network): what came of each, once.
create table case_key (
    client_key TEXT primary key,
    account BIGINT not null,
    case_file BIGINT not null references case_file (id),
    step BIGINT not null references case_step (id)
);
-- Values of fields, as steps gave them; the newest step of a field counts.
create table case_value (
    case_file BIGINT not null references case_file (id),
    field TEXT not null,
    step BIGINT not null references case_step (id),
    value TEXT not null,
    primary key (case_file, field, step)
);
-- A checklist as answered: "item=yes item=no item=none", in the list's order, and words about items.
create table case_answers (
    step BIGINT primary key references case_step (id),
    case_file BIGINT not null references case_file (id),
    checklist TEXT not null,
    digest BIGINT not null,
    answers TEXT not null,
    words TEXT not null default ''      -- a line an item: "item<TAB>words"
);
create index case_answers_case on case_answers (case_file);
-- Lines of a plan: measures, milestones.
create table case_line (
    id IDENTITY,                        -- writing_id
    case_file BIGINT not null references case_file (id),
    name TEXT not null,
    owner TEXT not null default '',     -- who does it, in words
    measure TEXT not null default '',   -- what it adds to (floor_m2, teachers, places …), or empty
    adds BIGINT not null default 0,
    from_day BIGINT not null,
    due BIGINT not null,
    done BIGINT,                        -- day; null: not yet
    planned_fen BIGINT not null default 0,
    spent_fen BIGINT not null default 0,
    dropped BIGINT not null default 0,  -- taken out of the plan by a step
    step BIGINT not null references case_step (id)  -- that changed it last
);
create index case_line_case on case_line (case_file);
create index case_line_due on case_line (due);
-- Pictures and papers: sealed files outside the database (store/sealed_file.h).
create table case_evidence (
    id IDENTITY,                        -- writing_id
    case_file BIGINT not null references case_file (id),
    step BIGINT not null references case_step (id),
    item TEXT not null default '',      -- of a checklist's answer
    line BIGINT,
    name TEXT not null,
    type TEXT not null,
    size BIGINT not null,
    digest TEXT not null,               -- SM3, hex
    stored TEXT not null,
    taken_at BIGINT,                    -- moment, as the camera or the phone said
    lon_e6 BIGINT,
    lat_e6 BIGINT,                      -- CGCS2000, as the phone said; null: not given
    open BIGINT not null default 0      -- may be shown in public
);
create index case_evidence_case on case_evidence (case_file);
create table case_watch (
    case_file BIGINT not null references case_file (id),
    account BIGINT not null,
    at BIGINT not null,
    primary key (case_file, account)
);
-- Who else is named in a case (confidential kinds), and the key of its content, for this account alone.
create table case_named (
    case_file BIGINT not null references case_file (id),
    account BIGINT not null,
    wrapped BLOB,                       -- the content key for the account's public key
    at BIGINT not null,
    by_account BIGINT,
    until BIGINT,                       -- taken off; null: named
    holder BIGINT not null default 0,   -- 1: the case holder, who sees who opened it
    primary key (case_file, account)
);
create index case_named_account on case_named (account);
create table case_sealed (
    step BIGINT not null references case_step (id),
    case_file BIGINT not null references case_file (id),
    part TEXT not null,                 -- note, or FIELD
    content BLOB not null,
    primary key (step, part)
);
-- Each opening of a confidential case, beside the journal: the case's holder sees it.
create table case_opening (
    id IDENTITY,
    case_file BIGINT not null references case_file (id),
    account BIGINT not null,
    at BIGINT not null
);
create index case_opening_case on case_opening (case_file);
-- Who does whose work while they are away.
create table case_stand_in (
    id IDENTITY,
    account BIGINT not null,            -- who is away
    by_account BIGINT not null,         -- who stands in
    from_day BIGINT not null,
    until_day BIGINT not null,          -- first day back
    reason TEXT not null,
    at BIGINT not null,
    ended_at BIGINT
);
create index case_stand_in_account on case_stand_in (account);
create index case_stand_in_by on case_stand_in (by_account);
-- Outsiders who want to hear of a public case.
create table case_subscription (
    id IDENTITY,
    case_file BIGINT not null references case_file (id),
    address_hash BLOB not null,
    address_sealed BLOB not null,
    token_hash BLOB not null unique,    -- of the link that confirms and ends it
    asked_at BIGINT not null,
    confirmed_at BIGINT,
    ended_at BIGINT,
    unique (case_file, address_hash)
);
-- Numbers of cases: the last of each kind and year.
create table case_number (
    prefix TEXT not null,
    year BIGINT not null,
    last BIGINT not null,
    primary key (prefix, year)
);
-- The calendar with which due days were counted last (one row).
create table case_calendar (
    id BIGINT primary key,
    digest BIGINT not null,
    at BIGINT not null
);
