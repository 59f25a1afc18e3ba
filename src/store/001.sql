-- Who did what (journal.h) and which form keys were used (writer.h).
create table journal (
    seq IDENTITY, -- always given
    at BIGINT not null,
    actor BIGINT not null,
    role TEXT not null,
    action TEXT not null,
    subject_kind TEXT not null,
    subject_id BIGINT not null,
    division TEXT not null,
    detail TEXT not null,
    hash BLOB not null
);
create index journal_subject on journal (subject_kind, subject_id, seq);
create index journal_actor on journal (actor, seq);

create table form_once (
    key BLOB not null primary key,
    account BIGINT not null,
    at BIGINT not null,
    answer TEXT not null
);
