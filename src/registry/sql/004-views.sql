-- The published views: what figures, outsiders' statements and indicators of a city's folder stand on (docs/views.md).
-- Their names and columns stay; more may be added. No names of persons, no contact data. Each row is a version of
-- facts in two times; indicators take them as on a day (docs/indicators.md).
create view published_division as select subject, code, valid_from, valid_until, recorded_at, replaced_at,
    division, institution, parent, level, name_zh, name_en
    from division_fact;
create view published_institution as select subject, code, valid_from, valid_until, recorded_at, replaced_at,
    division, institution, kind, ownership, place_kind, name_zh, name_en, founded, parent, lon_e6, lat_e6
    from institution_fact;
create view published_site as select subject, code, valid_from, valid_until, recorded_at, replaced_at, division,
    institution, name_zh, name_en, land_m2, floor_m2, shared_with, lon_e6, lat_e6
    from site_fact;
create view published_staff as select subject, code, valid_from, valid_until, recorded_at, replaced_at, division,
    institution, post, full_time, course, title
    from staff_fact;
create view published_pupil as select subject, code, valid_from, valid_until, recorded_at, replaced_at, division,
    institution, stage, entry_year, class, boards
    from pupil_fact;
create view published_honour as select subject, code, valid_from, valid_until, recorded_at, replaced_at, division,
    institution, designation, level, body, batch, holder_kind, holder
    from honour_fact;
create view published_group as select subject, code, valid_from, valid_until, recorded_at, replaced_at, division,
    institution, kind, stage, name_zh, name_en
    from group_fact;
create view published_member as select subject, code, valid_from, valid_until, recorded_at, replaced_at, division,
    institution, group_code, role
    from member_fact;
create view published_programme as select subject, code, valid_from, valid_until, recorded_at, replaced_at,
    division, institution, kind, name_zh, name_en, major, leads_to, partner, years, places
    from programme_fact;
create view published_project as select subject, code, valid_from, valid_until, recorded_at, replaced_at, division,
    institution, kind, name_zh, name_en, lead, year, planned, finished, invested_fen, places, land_m2, floor_m2,
    state
    from project_fact;
create view published_activity as select subject, code, valid_from, valid_until, recorded_at, replaced_at,
    division, institution, kind, level, name_zh, name_en, held, persons, attendances
    from activity_fact;
create view published_statement as select subject, code, valid_from, valid_until, recorded_at, replaced_at,
    division, institution, kind, name_zh, name_en, numerator, denominator, source, document
    from statement_fact;
create view published_cohort as select subject, code, valid_from, valid_until, recorded_at, replaced_at, division,
    institution, kind, programme, year, persons, placed, studying
    from cohort_fact;
create view published_charge as select subject, code, valid_from, valid_until, recorded_at, replaced_at, division,
    institution, kind, staff
    from charge_fact;
create view published_provision as select subject, code, valid_from, valid_until, recorded_at, replaced_at,
    division, institution, kind, link
    from provision_fact;
create view published_condition as select subject, code, valid_from, valid_until, recorded_at, replaced_at,
    division, institution, school_type, students, teachers, land_m2, floor_m2, equipment_fen, books
    from condition_fact;
create view published_venue as select subject, code, valid_from, valid_until, recorded_at, replaced_at, division,
    institution, kind, sports, hours, fee, access, name_zh, name_en, lon_e6, lat_e6, checked
    from venue_fact;
create view published_athlete as select subject, code, valid_from, valid_until, recorded_at, replaced_at, division,
    institution, programme, team
    from athlete_fact;
create view published_household as select h.community, c.division, h.birth_month, h.counted_on, h.recorded_at,
    h.children, h.registered from household_count h join community c on c.id = h.community;
create view published_entrant as select e.community, c.division, e.stage, e.year, e.entrants, e.private
    from entrant_count e join community c on c.id = e.community;
create view published_community as select id, division, name_zh, name_en, east, north, primary_catchment,
    junior_catchment from community;
create view published_catchment as select id, stage, division, name_zh, name_en from catchment;
create view published_catchment_school as select catchment, institution from catchment_school;
create view published_dwelling_planned as select n.community, c.division, n.homes, n.handed_over
    from new_dwelling n join community c on c.id = n.community;
