-- Supervision by responsible inspectors. Who has which school is a charge of the register; here is what stands beside it.

-- Interests that an inspector declared, or that were found: schools which they may not supervise.
create table inspector_interest (
    id IDENTITY,
    staff TEXT not null,                -- code of the member of staff
    institution BIGINT not null,        -- institution.id
    reason TEXT not null,
    from_day BIGINT not null,
    until_day BIGINT,                   -- first day without it; null: open
    at BIGINT not null,
    account BIGINT
);
create index inspector_interest_staff on inspector_interest (staff);
create index inspector_interest_institution on inspector_interest (institution);
-- Zones 督学责任区: a county's townships, divided; and the inspectors who work in each.
create table supervision_zone (
    id IDENTITY,                        -- writing_id
    division TEXT not null,             -- county
    name_zh TEXT not null,
    name_en TEXT not null,
    dissolved_at BIGINT                 -- null: stands
);
create index supervision_zone_division on supervision_zone (division);
create table supervision_zone_township (
    division TEXT primary key,          -- township: of one zone alone
    zone BIGINT not null references supervision_zone (id)
);
create table supervision_zone_inspector (
    staff TEXT primary key,
    zone BIGINT not null references supervision_zone (id)
);
-- What the visits of a month look at besides the eight matters, and by which list.
create table supervision_theme (
    division TEXT not null,             -- city (3715) or county; the county's counts before the city's
    month BIGINT not null,              -- year * 12 + month - 1
    name_zh TEXT not null,
    name_en TEXT not null,
    checklist TEXT not null,            -- id of the city's folder; empty: the kind's own
    account BIGINT,
    at BIGINT not null,
    primary key (division, month)
);
-- Months whose visits are all opened.
create table supervision_month (
    month BIGINT primary key,
    opened_at BIGINT not null,
    visits BIGINT not null
);
-- Inspectors among all staff.
create index staff_fact_inspector on staff_fact (division) where post = 'inspector';
-- What reports count, without a look at each row.
create index case_file_counted on case_file (kind, division, opened_at, closed_at, failed, due, institution);
