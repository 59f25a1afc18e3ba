-- Imports of catchments, so that the last can be taken back. What each changed is in catchment_outline: an outline begins
-- with the moment of the import that brought it.
create table catchment_import (
    id IDENTITY,
    division TEXT not null,             -- county
    stage TEXT not null,
    moment BIGINT not null,             -- writing_moment; of catchment_outline.recorded_at
    account BIGINT,
    added BIGINT not null,
    changed BIGINT not null,
    at BIGINT not null,
    undone_at BIGINT,
    undone_by BIGINT
);
create index catchment_import_place on catchment_import (division, stage, id);
