-- Of an inspector: its code as a member of staff in the register.
alter table account add column staff TEXT not null default '';
create index account_institution on account (institution);
create index account_staff on account (staff);
