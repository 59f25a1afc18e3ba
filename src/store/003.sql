-- The newest moment that was given out (writer.h, writing_moment): one row.
create table moment (
    id BIGINT not null primary key,
    at BIGINT not null
);
