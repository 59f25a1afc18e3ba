-- Catchments that touch (registry/touch.h): both ways round, computed from their polygons when a round is announced.
create table catchment_touch (
    catchment BIGINT not null references catchment (id),
    other BIGINT not null references catchment (id),
    primary key (catchment, other)
);
