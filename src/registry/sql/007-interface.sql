-- Keys of programs (registry/api_key.h): each is an account that cannot sign in, so what it proposes and reads has a name.
create table api_key (
    id IDENTITY,
    account BIGINT not null,            -- its roles and scope
    name TEXT not null,                 -- whose: a system, an office; no person
    hash BLOB not null unique,          -- SHA-256 of the token
    hint TEXT not null,                 -- the token's first characters, to tell keys apart
    made_at BIGINT not null,
    made_by BIGINT not null,
    until_day BIGINT not null,          -- the first day on which it no longer works
    revoked_at BIGINT not null default 0,
    revoked_by BIGINT not null default 0,
    uses BIGINT not null default 0,
    used_at BIGINT not null default 0
);

-- Returns (registry/returns.h): what an institution reports about a period.
create table register_return (
    id IDENTITY,
    form TEXT not null,                 -- id of the form: cities/X/returns/ID.yaml
    period TEXT not null,               -- 2026-03, 2025-autumn, 2026
    institution BIGINT not null,
    division TEXT not null,             -- the institution's, when it was first kept
    valid_from BIGINT not null,         -- the period's days
    valid_until BIGINT not null,
    due BIGINT not null,                -- the last day for it, as it was when it was first kept
    state TEXT not null,                -- draft | submitted | sent_back | accepted
    draft TEXT not null,                -- FIELD=VALUE lines that are not handed in
    handed_in_at BIGINT not null,       -- when it was handed in first; 0: never. Never changed afterwards
    changed_at BIGINT not null,
    unique (form, period, institution)
);
create index register_return_institution on register_return (institution);
create index register_return_division on register_return (division);
create table return_value (
    id IDENTITY,
    filing BIGINT not null references register_return (id),
    field TEXT not null,
    value BIGINT not null,              -- of numbers, shares (hundredths) and yes or no
    words TEXT not null,                -- of text
    recorded_at BIGINT not null,
    replaced_at BIGINT not null,
    step BIGINT not null                -- by which it was recorded
);
create index return_value_filing on return_value (filing, replaced_at);
create table return_step (              -- the trace: who did what, and why
    id IDENTITY,
    filing BIGINT not null references register_return (id),
    act TEXT not null,                  -- hand_in | correct | send_back | accept
    at BIGINT not null,
    account BIGINT not null,
    note TEXT not null
);
create index return_step_filing on return_step (filing);
-- Numbers handed in, in two times: valid for the period's days, recorded from a moment until a correction.
create view published_return_value as select r.id as subject, r.form, r.period, r.valid_from, r.valid_until,
    v.recorded_at, v.replaced_at, r.division, r.institution, v.field, v.value
    from return_value v join register_return r on r.id = v.filing;
