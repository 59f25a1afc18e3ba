-- Keys of persons, for confidential cases: the public half seals, the secret half is wrapped by a passphrase that is
-- kept nowhere.
create table person_key (
    account BIGINT primary key,
    public_key BLOB not null,           -- SM2, 65 bytes
    salt BLOB not null,                 -- of the passphrase's key (Argon2id)
    secret_wrapped BLOB not null,       -- AES-256-GCM
    made_at BIGINT not null
);
-- The content key of what a step of a confidential case says, sealed for each person whom the case names.
create table case_sealed_key (
    step BIGINT not null references case_step (id),
    account BIGINT not null,
    case_file BIGINT not null references case_file (id),
    wrapped BLOB not null,
    primary key (step, account)
);
create index case_sealed_key_case on case_sealed_key (case_file, account);
create index case_sealed_case on case_sealed (case_file);
-- Why it was opened: handling | supervising | asked | other; wrong: the passphrase was.
alter table case_opening add column reason TEXT not null default '';
create index case_opening_account on case_opening (account, at);
-- A content key stands with its step (case_sealed_key), not with the case.
alter table case_named drop column wrapped;
-- On which day the clock looked for what ends soon, by kind.
create table case_looked (
    kind TEXT primary key,
    day BIGINT not null
);
create index case_line_measure on case_line (measure);
