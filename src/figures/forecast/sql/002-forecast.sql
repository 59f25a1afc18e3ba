-- The forecast's own (README.md of this folder). Plans, notices and scenarios; what is counted stands in the registry.

-- A new plan, count or catchment makes what was computed old: the forecast in memory belongs to one number.
create table forecast_version (
    id BIGINT primary key,              -- 1
    version BIGINT not null
);
insert into forecast_version (id, version) values (1, 1);

-- Places that are planned, by school, stage and year. Rows are added; of several the newest counts. A year that has
-- none takes the plan of the last year before it that has one.
create table forecast_plan (
    id IDENTITY,
    institution BIGINT not null,
    stage TEXT not null,                -- primary | junior
    year BIGINT not null,
    classes BIGINT not null,
    class_size BIGINT not null,
    recorded_at BIGINT not null,
    recorded_by BIGINT not null,        -- account; 0: the program
    reason TEXT not null
);
create index forecast_plan_institution on forecast_plan (institution, stage, year);

-- What was published, by county: frozen, each with its hash; the series is kept.
create table forecast_notice (
    id IDENTITY,
    division TEXT not null,             -- county code
    published_at BIGINT not null,
    published_by BIGINT not null,
    counted_on BIGINT not null,         -- day of the count that it stands on
    first_year BIGINT not null,
    yellow BIGINT not null,             -- thresholds then, in permille
    orange BIGINT not null,
    red BIGINT not null,
    sentence_zh TEXT not null,
    sentence_en TEXT not null,
    hash TEXT not null                  -- SM3 of its text (notice.h)
);
create index forecast_notice_division on forecast_notice (division, id);
create table forecast_warning (
    id IDENTITY,
    notice BIGINT not null references forecast_notice (id),
    catchment BIGINT not null,
    stage TEXT not null,
    year BIGINT not null,
    name_zh TEXT not null,              -- of the catchment, as it was called then
    name_en TEXT not null,
    expected BIGINT not null,           -- children in public schools
    low BIGINT not null,
    high BIGINT not null,
    places BIGINT not null,
    band TEXT not null                  -- none | green | yellow | orange | red
);
create index forecast_warning_notice on forecast_warning (notice);
create index forecast_warning_catchment on forecast_warning (catchment, stage, year);
-- What is done about a warning of a catchment; a case may take it over later.
create table forecast_warning_state (
    warning BIGINT primary key references forecast_warning (id),
    state TEXT not null,                -- open | case | closed
    case_id BIGINT not null,            -- 0: none
    changed_at BIGINT not null
);

-- What if: a list of changes, kept under a name; may be proposed and confirmed.
create table forecast_scenario (
    id IDENTITY,
    division TEXT not null,             -- county code, or the city's: who may see it
    name TEXT not null,
    state TEXT not null,                -- draft | proposed | confirmed | in_force | rejected
    note TEXT not null,                 -- why, in the words of who proposed it
    made_at BIGINT not null,
    made_by BIGINT not null,
    decided_at BIGINT,
    decided_by BIGINT,
    reason TEXT not null
);
create index forecast_scenario_division on forecast_scenario (division);
create table forecast_step (
    id IDENTITY,
    scenario BIGINT not null references forecast_scenario (id),
    kind TEXT not null,                 -- classes | build | move | private
    year BIGINT not null,               -- from when on
    institution BIGINT not null,        -- classes
    stage TEXT not null,                -- classes, build, move
    catchment BIGINT not null,          -- build, move
    community BIGINT not null,          -- move
    division TEXT not null,             -- private: county
    amount BIGINT not null,             -- classes; places; permille
    name TEXT not null,                 -- build: what the school is called; move: why
    was BIGINT not null                 -- move, once confirmed: the catchment before; else 0
);
create index forecast_step_scenario on forecast_step (scenario);
