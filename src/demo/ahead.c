/* The plans of the rounds as plans of the forecast: figures do not read the tables of places (docs/decisions), so who
 * builds the city gives them over. A later year has the same plan until a county says otherwise. */
#include "demo/build.h"

bool ahead_write(struct builder *builder, struct error *error)
{
    return db_run(builder->writing->db, error,
                  "insert into forecast_plan (institution, stage, year, classes, class_size, recorded_at, recorded_by, "
                  "reason) select o.institution, r.stage, r.year, o.classes, o.class_size, cast(?1 as bigint), 0, '' "
                  "from offer o join round r on r.id = o.round where o.kind = 'public' order by o.id",
                  V_INT(builder->writing->now));
}
