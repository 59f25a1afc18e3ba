-- Who and what exists. Personal data is sealed (store/vault.h): columns named *_sealed hold vault blobs,
-- columns named *_hash keyed look-up hashes. Codes of divisions nest, so scope is a prefix of `division`.
-- Lengths are metres; east and north are CGCS2000 / 3-degree Gauss-Kruger CM 117E (EPSG:4549), rounded;
-- lon_e6 and lat_e6 are degrees times 1,000,000 in CGCS2000. Booleans are 0 and 1. Times are ms (base/clock.h).
create table institution (
    id IDENTITY,
    code TEXT not null unique,          -- school identifier, 10 digits
    kind TEXT not null,                 -- GB/T 33782: 211 primary, 311 junior, 312 nine-year, 345 twelve-year ...
    ownership TEXT not null,            -- public | private
    place_kind TEXT not null,           -- 111 112 city, 121 122 123 town, 210 220 rural
    division TEXT not null,             -- township code (its first six characters are the county's)
    name_zh TEXT not null,
    name_en TEXT not null,
    address_zh TEXT not null,
    phone TEXT not null,                -- the school's own, not a person's
    east BIGINT not null,
    north BIGINT not null,
    lon_e6 BIGINT not null,
    lat_e6 BIGINT not null
);
create index institution_division on institution (division);

create table catchment (
    id IDENTITY,
    stage TEXT not null,                -- primary | junior
    division TEXT not null,             -- county code
    name_zh TEXT not null,
    name_en TEXT not null,
    shape TEXT not null                 -- GeoJSON Polygon or MultiPolygon, lon/lat CGCS2000
);
create index catchment_division on catchment (division, stage);
create table catchment_school (
    catchment BIGINT not null references catchment (id),
    institution BIGINT not null references institution (id),
    primary key (catchment, institution)
);
create index catchment_school_institution on catchment_school (institution);

-- A housing estate or a village: the smallest public unit of a catchment.
create table community (
    id IDENTITY,
    division TEXT not null,             -- township code
    name_zh TEXT not null,
    name_en TEXT not null,
    road_zh TEXT not null,
    east BIGINT not null,
    north BIGINT not null,
    primary_catchment BIGINT not null references catchment (id),
    junior_catchment BIGINT not null references catchment (id)
);
create index community_division on community (division);

create table dwelling (
    id IDENTITY,
    community BIGINT not null references community (id),
    address_hash BLOB not null unique,
    address_sealed BLOB not null,
    kind TEXT not null,                 -- commercial | self_built | resettlement | unit_housing | public_rental
    east BIGINT not null,
    north BIGINT not null
);
create index dwelling_community on dwelling (community);

create table child (
    id IDENTITY,
    citizen_hash BLOB not null unique,
    citizen_sealed BLOB not null,
    name_sealed BLOB not null,
    sex TEXT not null,                  -- GB/T 2261.1: 0 1 2 9
    birth_day BIGINT not null,          -- day number (base/clock.h)
    household_division TEXT not null,   -- township or, from elsewhere, county code of registration
    household_community BIGINT,         -- null when registered outside the city
    household_dwelling BIGINT references dwelling (id),
    school BIGINT references institution (id),   -- where the child is enrolled now (junior entrants: its primary)
    facts_at BIGINT not null            -- when public security last confirmed the household data
);
create table guardian (
    account BIGINT not null,
    child BIGINT not null references child (id),
    relation TEXT not null,             -- father | mother | grandparent | other
    primary key (account, child)
);
create index guardian_child on guardian (child);
