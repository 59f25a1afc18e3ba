-- Places that the late round took over. What the transcript says of a main offer's plan is capacity + to_late; capacity is
-- what the round has now.
alter table offer add column to_late BIGINT not null default 0;
update offer set to_late = coalesce((select cast(sum(e.places) as bigint) from ledger_entry e where e.offer = offer.id and
    e.target = 'plan' and e.reason = 'to the late round'), 0);
