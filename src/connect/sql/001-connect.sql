-- What was asked of the departments, and what they said: one row a fact that was asked for; the latest answer of a
-- check is in places' table `fact`. Requests are sent from here, so a restart loses none and asks none twice.
create table ask (
    id IDENTITY,
    number TEXT not null unique,        -- request number sent to the department, unguessable; the same for each try
    authority TEXT not null,            -- id in city.yaml
    kind TEXT not null,                 -- id of the check in city.yaml
    application BIGINT,                 -- null: a household look-up before an application exists
    division TEXT not null default '',  -- of the application's round: scope of sheets and lists
    subject BLOB not null,              -- keyed hash of what is asked: never twice for one fact
    question_sealed BLOB not null,      -- JSON
    state TEXT not null,                -- queued | sent | answered | silent | by_sheet | cancelled
    source TEXT not null default '',    -- of the answer: http | sheet
    tries BIGINT not null default 0,
    next_at BIGINT not null,            -- queued: not before; sent: taken for lost after
    asked_at BIGINT not null,
    answered_at BIGINT,
    answer_sealed BLOB,                 -- JSON as received
    problem TEXT                        -- why it was not answered: one word of docs/departments.md
);
create index ask_due on ask (authority, state, next_at);
create index ask_application on ask (application, kind);
create index ask_subject on ask (kind, subject);
-- Further applications that wait for the same fact (twins, a second child): asked once, told to all.
create table ask_also (
    ask BIGINT not null references ask (id),
    application BIGINT not null,
    primary key (ask, application)
);
create index ask_also_application on ask_also (application);
