-- Counts of households, and which catchment a community belongs to, as known at a moment: what is said otherwise later
-- replaces what was known and does not change it (facts.h).
drop view published_household;
create table household_known (
    community BIGINT not null references community (id),
    birth_month BIGINT not null,        -- year * 12 + month - 1
    counted_on BIGINT not null,         -- day
    recorded_at BIGINT not null,
    replaced_at BIGINT not null default 253402300800000,
    children BIGINT not null,
    registered BIGINT not null,         -- of these with household registration here
    primary key (community, birth_month, counted_on, recorded_at)
);
insert into household_known (community, birth_month, counted_on, recorded_at, children, registered)
    select community, birth_month, counted_on, recorded_at, children, registered from household_count;
drop table household_count;
alter table household_known rename to household_count;
create view published_household as select h.community, c.division, h.birth_month, h.counted_on, h.recorded_at,
    h.replaced_at, h.children, h.registered from household_count h join community c on c.id = h.community;
-- Of communities that ever went over to another catchment; one without a row has always been where `community` has it.
create table community_assignment (
    community BIGINT not null references community (id),
    stage TEXT not null,                -- primary | junior
    catchment BIGINT not null references catchment (id),
    valid_from BIGINT not null,         -- days
    valid_until BIGINT not null,        -- first day on which it no longer holds
    recorded_at BIGINT not null,
    replaced_at BIGINT not null default 253402300800000,
    primary key (community, stage, valid_from, recorded_at)
);
create view published_assignment as select a.community, c.division, a.stage, a.catchment, a.valid_from, a.valid_until,
    a.recorded_at, a.replaced_at from community_assignment a join community c on c.id = a.community;
-- Outlines of catchments that a map replaced, as they were known.
create table catchment_outline (
    catchment BIGINT not null references catchment (id),
    recorded_at BIGINT not null,
    replaced_at BIGINT not null default 253402300800000,
    shape TEXT not null,
    primary key (catchment, recorded_at)
);
