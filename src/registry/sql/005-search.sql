-- Names by which things are found (search.h): every name that a standing version bears, in its search form.
create table search (
    id IDENTITY,
    kind TEXT not null,
    subject BIGINT not null,
    code TEXT not null,
    form TEXT not null,                 -- of the name in Chinese
    form_en TEXT not null,
    initials TEXT not null,             -- of its pinyin
    name_zh TEXT not null,
    name_en TEXT not null,
    division TEXT not null,
    since BIGINT not null,              -- the day from which it is called so; of several the latest is its name now
    until BIGINT not null,
    unique (kind, subject, form, since)
);
create index search_code on search (code);
create index search_form on search (form);
create index search_initials on search (initials);

-- Is it a school that stands today, so that enrolment lists it? What does not stand any more keeps its row, since
-- rounds of the past point to it.
alter table institution add column listed BIGINT not null default 1;

create index pupil_fact_code on pupil_fact (code);
create index register_change_decided on register_change (decided_at);

-- What a change recorded and what it replaced: for its page, and to take it back.
create index division_fact_change on division_fact (change);
create index division_fact_replaced on division_fact (replaced_by) where replaced_by is not null;
create index institution_fact_change on institution_fact (change);
create index institution_fact_replaced on institution_fact (replaced_by) where replaced_by is not null;
create index site_fact_change on site_fact (change);
create index site_fact_replaced on site_fact (replaced_by) where replaced_by is not null;
create index staff_fact_change on staff_fact (change);
create index staff_fact_replaced on staff_fact (replaced_by) where replaced_by is not null;
create index pupil_fact_change on pupil_fact (change);
create index pupil_fact_replaced on pupil_fact (replaced_by) where replaced_by is not null;
create index honour_fact_change on honour_fact (change);
create index honour_fact_replaced on honour_fact (replaced_by) where replaced_by is not null;
create index group_fact_change on group_fact (change);
create index group_fact_replaced on group_fact (replaced_by) where replaced_by is not null;
create index member_fact_change on member_fact (change);
create index member_fact_replaced on member_fact (replaced_by) where replaced_by is not null;
create index programme_fact_change on programme_fact (change);
create index programme_fact_replaced on programme_fact (replaced_by) where replaced_by is not null;
create index project_fact_change on project_fact (change);
create index project_fact_replaced on project_fact (replaced_by) where replaced_by is not null;
create index activity_fact_change on activity_fact (change);
create index activity_fact_replaced on activity_fact (replaced_by) where replaced_by is not null;
create index statement_fact_change on statement_fact (change);
create index statement_fact_replaced on statement_fact (replaced_by) where replaced_by is not null;
create index cohort_fact_change on cohort_fact (change);
create index cohort_fact_replaced on cohort_fact (replaced_by) where replaced_by is not null;
create index charge_fact_change on charge_fact (change);
create index charge_fact_replaced on charge_fact (replaced_by) where replaced_by is not null;
create index provision_fact_change on provision_fact (change);
create index provision_fact_replaced on provision_fact (replaced_by) where replaced_by is not null;
create index condition_fact_change on condition_fact (change);
create index condition_fact_replaced on condition_fact (replaced_by) where replaced_by is not null;
create index venue_fact_change on venue_fact (change);
create index venue_fact_replaced on venue_fact (replaced_by) where replaced_by is not null;
create index athlete_fact_change on athlete_fact (change);
create index athlete_fact_replaced on athlete_fact (replaced_by) where replaced_by is not null;
