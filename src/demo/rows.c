/* The registry's rows: schools, catchments, communities. */
#include "demo/build.h"

#include "demo/plans.h"

#include <stdio.h>

static bool write_schools(struct builder *builder, struct error *error)
{
    for (size_t i = 0; i < builder->schools->n; i++) {
        struct school *school = &builder->schools->items[i];
        const struct land_community *place = &builder->land->communities[school->community];
        if (!db_one_int(builder->writing->db, error, &school->id, NULL,
                        "insert into institution (code, kind, ownership, place_kind, division, name_zh, name_en, "
                        "address_zh, phone, east, north, lon_e6, lat_e6) values "
                        "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) returning id",
                        V_TEXT(school->code), V_TEXT(str_of(school_kind_code(school->kind))),
                        V_TEXT(school->private_school ? STR("private") : STR("public")),
                        V_TEXT(str_of(school->place_kind)),
                        V_TEXT(builder->land->townships[place->township].division->code), V_TEXT(school->name.zh),
                        V_TEXT(school->name.en), V_TEXT(school->address), V_TEXT(school->phone), V_INT(school->at.east),
                        V_INT(school->at.north), V_INT(school->lon_e6), V_INT(school->lat_e6))) {
            return false;
        }
    }
    return true;
}

static bool write_catchments(struct builder *builder, struct error *error)
{
    for (size_t i = 0; i < builder->schools->ncatchments; i++) {
        struct demo_catchment *catchment = &builder->schools->catchments[i];
        if (!db_one_int(builder->writing->db, error, &catchment->id, NULL,
                        "insert into catchment (stage, division, name_zh, name_en, shape) values (?1, ?2, ?3, ?4, ?5) "
                        "returning id",
                        V_TEXT(str_of(stage_id(catchment->stage))),
                        V_TEXT(builder->land->counties[catchment->county].division->code), V_TEXT(catchment->name.zh),
                        V_TEXT(catchment->name.en), V_TEXT(catchment->shape))) {
            return false;
        }
        for (size_t k = 0; k < catchment->nschools; k++) {
            if (!db_run(builder->writing->db, error,
                        "insert into catchment_school (catchment, institution) values (?1, ?2)", V_INT(catchment->id),
                        V_INT(builder->schools->items[catchment->schools[k]].id))) {
                return false;
            }
        }
    }
    return true;
}

static bool write_communities(struct builder *builder, struct error *error)
{
    const struct schools *schools = builder->schools;
    builder->communities = ARENA_ARRAY(builder->arena, int64_t, builder->land->ncommunities);
    for (size_t i = 0; i < builder->land->ncommunities; i++) {
        const struct land_community *community = &builder->land->communities[i];
        if (!db_one_int(builder->writing->db, error, &builder->communities[i], NULL,
                        "insert into community (division, name_zh, name_en, road_zh, east, north, primary_catchment, "
                        "junior_catchment) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) returning id",
                        V_TEXT(builder->land->townships[community->township].division->code),
                        V_TEXT(community->name.zh), V_TEXT(community->name.en), V_TEXT(community->road),
                        V_INT(community->at.east), V_INT(community->at.north),
                        V_INT(schools->catchments[schools->home[STAGE_PRIMARY][i]].id),
                        V_INT(schools->catchments[schools->home[STAGE_JUNIOR][i]].id))) {
            return false;
        }
    }
    return true;
}

bool rows_write(struct builder *builder, struct error *error)
{
    return write_schools(builder, error) && write_catchments(builder, error) && write_communities(builder, error);
}
