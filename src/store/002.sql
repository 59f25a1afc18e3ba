-- The newest transaction of each writing connection: tells the fate of a commit whose answer was lost (postgres.c).
create table commit_mark (
    writer BLOB not null primary key,
    number BIGINT not null,
    at BIGINT not null
);
