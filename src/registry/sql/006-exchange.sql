-- Imports of spreadsheets (exchange_keep.h): who handed in what, how far it is, what came of it.
create table register_import (
    id IDENTITY,
    kind TEXT not null,                 -- of kinds.h
    account BIGINT not null,            -- who handed it in
    division TEXT not null,             -- whose: the scope of who handed it in
    institution BIGINT not null,        -- of a school's staff, else 0
    state TEXT not null,                -- reading | read | stopped | failed | applied | proposed | undone
    file_name TEXT not null,            -- as it was called outside
    format TEXT not null,               -- xlsx | ods | csv: how the file with its mistakes is given back at first
    day BIGINT not null,                -- from which changes hold
    bad_share BIGINT not null,          -- of a feed: per cent of rows that may have mistakes; -1: a register, none may
    read_rows BIGINT not null,          -- so far
    added BIGINT not null,
    changed BIGINT not null,
    same BIGINT not null,
    bad BIGINT not null,
    absent BIGINT not null,             -- things of the scope that the file does not name: untouched
    problem_zh TEXT not null,           -- why it failed
    problem_en TEXT not null,
    change BIGINT not null,             -- register_change, 0: none yet
    started_at BIGINT not null,
    ended_at BIGINT not null            -- of the last step
);
create index register_import_account on register_import (account);

-- The cells of a file that waits, some hundred rows a part, sealed: a line a row, its number and its cells with a tab
-- between. The file itself is not kept. They go when the import is applied, and after 30 days.
create table register_import_part (
    id IDENTITY,
    import BIGINT not null references register_import (id),
    part BIGINT not null,
    cells_sealed BLOB not null
);
create index register_import_part_import on register_import_part (import, part);
