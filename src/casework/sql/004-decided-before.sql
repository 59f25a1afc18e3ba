-- Who decided a matter before the case was opened, and so does no act of it (appeals).
create table case_barred (
    case_file BIGINT not null references case_file (id),
    account BIGINT not null,
    primary key (case_file, account)
);
