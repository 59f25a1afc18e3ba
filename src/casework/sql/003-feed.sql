-- Subscriptions are messages' own (connect/outbox.h).
drop table if exists case_subscription;
-- A secret address under which a calendar program reads what lies on an account's desk.
create table case_feed (
    account BIGINT primary key,
    token_hash BLOB not null unique,
    lang TEXT not null,                 -- zh | en
    made_at BIGINT not null,
    read_on BIGINT not null default 0   -- day on which it was read last: the journal has one entry a day
);
