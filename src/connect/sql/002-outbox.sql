-- Messages that leave the machine, each once by its key (connect/outbox.h). Times of delivery are the system's clock.
create table outbox_message (
    id IDENTITY,
    key TEXT not null unique,           -- event and receiver
    channel TEXT not null,              -- mail | sms
    to_sealed BLOB not null,
    subject_sealed BLOB not null,
    body_sealed BLOB not null,
    path TEXT not null default '',      -- of the page that shows it
    about TEXT not null default '',     -- "case"
    about_id BIGINT,
    division TEXT not null default '',
    account BIGINT,                     -- that hears; null: the public
    state TEXT not null,                -- waiting | sent | failed
    tries BIGINT not null default 0,
    at BIGINT not null,                 -- moment of the event, by the program's clock
    put_at BIGINT not null,
    next_at BIGINT not null,            -- not before; while it is on its way: taken for lost after
    sent_at BIGINT,
    answer TEXT not null default ''     -- what the receiver said last
);
create index outbox_message_next on outbox_message (state, next_at);
create index outbox_message_account on outbox_message (account, id);
create index outbox_message_division on outbox_message (division, id);
-- How an account wants to hear.
create table outbox_way (
    id IDENTITY,
    account BIGINT not null,
    channel TEXT not null,
    address_sealed BLOB not null,
    digest BIGINT not null default 0,
    lang TEXT not null,                 -- zh | en
    confirmed_at BIGINT,                -- null: the address is not proved
    code_hash BLOB,                     -- of the code that was sent there
    code_until BIGINT,
    tries BIGINT not null default 0,
    codes BIGINT not null default 0,    -- numbers the codes: each is a message of its own
    digest_day BIGINT not null default 0,   -- last day whose digest is done
    unique (account, channel)
);
-- What waits for a digest.
create table outbox_line (
    id IDENTITY,
    account BIGINT not null,
    channel TEXT not null,
    key TEXT not null unique,
    subject_sealed BLOB not null,
    path TEXT not null,
    at BIGINT not null
);
create index outbox_line_account on outbox_line (account, channel, id);
-- Who of the public wants to hear of something public.
create table outbox_subscription (
    id IDENTITY,
    topic TEXT not null,
    title TEXT not null,
    division TEXT not null,
    address_hash BLOB not null,
    address_sealed BLOB not null,
    lang TEXT not null,
    token_hash BLOB not null unique,    -- of the links in its mails
    token_sealed BLOB not null,
    asked_at BIGINT not null,
    asks BIGINT not null default 1,
    confirmed_at BIGINT,
    ended_at BIGINT,
    unique (topic, address_hash)
);
create index outbox_subscription_address on outbox_subscription (address_hash, asked_at);
-- How far a history was followed (casework/notice.h).
create table outbox_follow (
    name TEXT primary key,
    last BIGINT not null
);
