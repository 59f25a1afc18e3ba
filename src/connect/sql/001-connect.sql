-- What was asked of the departments, and what they said: one row a request; the latest answer of a check is in
-- places' table `fact`. Requests are sent from here, so a restart loses none and asks none twice.
create table ask (
    id IDENTITY,
    number TEXT not null unique,        -- request number sent to the department, unguessable
    authority TEXT not null,            -- id in city.yaml
    kind TEXT not null,                 -- id of the check in city.yaml
    application BIGINT,                 -- null: a household look-up before an application exists
    subject BLOB not null,              -- keyed hash of what is asked: never twice for one fact
    question_sealed BLOB not null,      -- JSON
    state TEXT not null,                -- queued | sent | answered | silent | by_sheet | cancelled
    tries BIGINT not null default 0,
    next_at BIGINT not null,
    asked_at BIGINT not null,
    answered_at BIGINT,
    answer_sealed BLOB,                 -- JSON as received
    problem TEXT                        -- why it was not answered: time-out, status, signature ...
);
create index ask_due on ask (state, next_at);
create index ask_application on ask (application, kind);
create index ask_subject on ask (kind, subject);
