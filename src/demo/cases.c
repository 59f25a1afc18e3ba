/* See cases.h. */
#include "demo/cases.h"

#include "base/clock.h"
#include "demo/papers.h"
#include "store/sealed_file.h"

enum { HOUR_MS = 3600000, PICTURE_MOST = 10 << 20 };

static bool draw_picture(struct casing *casing, struct error *error)
{
    struct builder *builder = casing->builder;
    struct file_shelf shelf = { arena_printf(builder->arena, "%s/evidence", builder->settings->data), "evidence",
                                PICTURE_MOST };
    struct stored_file stored;
    struct str bytes;
    if (!paper_draw(builder->arena, PAPER_PNG, STR("现场照片"), 1, false, &bytes, error) ||
        !sealed_file_store(&shelf, builder->vault, builder->arena, bytes, &stored, error)) {
        return false;
    }
    casing->picture = (struct case_file_added){ .name = STR("现场照片.png"),
                                                .type = str_of(stored.type),
                                                .digest = stored.digest,
                                                .stored = stored.stored,
                                                .item = STR(""),
                                                .size = stored.size,
                                                .open = true };
    return true;
}

bool casing_begin(struct casing *casing, struct builder *builder, struct error *error)
{
    *casing = (struct casing){ .builder = builder, .city = builder->city, .today = day_of_ms(builder->now) };
    casing->arena = arena_new(0);
    return draw_picture(casing, error);
}

void casing_end(struct casing *casing)
{
    arena_free(casing->arena);
}

int64_t casing_moment(int64_t day)
{
    return day_start_ms(day) + 10 * HOUR_MS;
}

static bool went(const char *what, enum case_result result, struct error *error)
{
    return result == CASE_DONE || error_set(error, "a case of the demo (%s): %s", what, case_result_text(result).en);
}

bool casing_open(struct casing *casing, struct case_open *what, int64_t day, int64_t *id, struct error *error)
{
    what->city = casing->city;
    what->note = STR("");
    what->at = casing_moment(day);
    what->quiet = true;
    bool good = case_open_run(casing->builder->writing, what, error) &&
                went(arena_cstr(casing->arena, what->kind->id), what->result, error);
    *id = what->id;
    return good;
}

bool casing_act(struct casing *casing, int64_t id, const char *act, struct case_input *values, size_t nvalues,
                const struct case_answers *answers, bool picture, int64_t day, struct error *error)
{
    struct case_do input = { .city = casing->city,
                             .id = id,
                             .act = str_of(act),
                             .values = values,
                             .nvalues = nvalues,
                             .answers = answers,
                             .files = &casing->picture,
                             .nfiles = picture,
                             .note = STR("演示"),
                             .at = casing_moment(day),
                             .quiet = true };
    return day >= casing->today ||
           (case_do_run(casing->builder->writing, &input, error) && went(act, input.result, error));
}
