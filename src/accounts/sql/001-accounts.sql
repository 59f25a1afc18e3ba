-- Who may sign in. A login name of a family is its mobile number, so it is sealed and found by its hash.
create table account (
    id IDENTITY,
    login_hash BLOB not null unique,
    login_sealed BLOB not null,
    name_sealed BLOB not null,
    citizen_hash BLOB,                  -- of a family: the guardian's own number (real-name sign-in)
    citizen_sealed BLOB,
    roles BIGINT not null,              -- bits of accounts/accounts.h
    scope TEXT not null,                -- prefix of division codes; empty: none
    institution BIGINT,                 -- of school staff
    witness TEXT not null default '',   -- of a witness: its id in the policies of its scope
    password TEXT,                      -- Argon2id in its own encoding; null: no sign-in by password
    must_change BIGINT not null default 0,
    second_factor TEXT,                 -- place for a later issue: method of the second factor
    provider TEXT,                      -- place for a later issue: OIDC issuer and subject
    demo BIGINT not null default 0,     -- 1: one-click sign-in in a demo city, listed; 2: the same, not listed
    demo_note_zh TEXT not null default '',  -- what the account shows, for the list
    demo_note_en TEXT not null default '',
    tries BIGINT not null default 0,
    locked_until BIGINT not null default 0,
    state TEXT not null default 'active',   -- active | closed
    created_at BIGINT not null
);
create table session (
    token_hash BLOB primary key,
    account BIGINT not null references account (id),
    created_at BIGINT not null,
    seen_at BIGINT not null,
    expires_at BIGINT not null
);
create index session_account on session (account);
-- Why a member of staff may see a child's unmasked data until when (a reason is asked for and journaled).
create table unmasking (
    id IDENTITY,
    account BIGINT not null references account (id),
    subject_kind TEXT not null,
    subject BIGINT not null,
    reason TEXT not null,
    at BIGINT not null,
    until BIGINT not null
);
create index unmasking_subject on unmasking (account, subject_kind, subject);
-- Settings of this installation: demo (0/1), clock_shift (ms), city folder, seed of the demo ...
create table setting (
    name TEXT primary key,
    value TEXT not null
);
