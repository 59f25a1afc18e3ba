-- What a person has done. A row is never changed but in its state, whose history is record_step.
create table record (
    id IDENTITY,
    source TEXT not null unique,        -- what it came from, once: "service:12:345"
    kind TEXT not null,                 -- id of the service or list that gives it
    person_kind TEXT not null,          -- child | account
    person BIGINT not null,
    name_zh TEXT not null,
    name_en TEXT not null,
    detail_zh TEXT not null,
    detail_en TEXT not null,
    day BIGINT not null,                -- on which it was done
    division TEXT not null,
    institution BIGINT,
    code TEXT not null unique,          -- by which anybody who holds it can check it (places/receipt.h)
    state TEXT not null                 -- proposed | confirmed | refused | revoked
);
create index record_person on record (person_kind, person, day);
create index record_waiting on record (state, division);
create table record_step (
    id IDENTITY,
    record BIGINT not null references record (id),
    act TEXT not null,                  -- propose | confirm | refuse | revoke
    at BIGINT not null,
    account BIGINT,                     -- null: the program
    reason TEXT not null
);
create index record_step_record on record_step (record);
create table record_reading (           -- who has read a person's record, once a day each
    person_kind TEXT not null,
    person BIGINT not null,
    account BIGINT not null,
    day BIGINT not null,
    primary key (person_kind, person, account, day)
);
