/* Zones of responsible inspectors: a county's townships in parts, each with inspectors of its own. */
#include "casework/pages/supervision.h"

#include "zones.page.h"

static struct str county_asked(struct request *request, const struct zones_view *view)
{
    struct str asked = request_query(request, "division");
    for (size_t i = 0; i < view->noptions; i++) {
        if (str_is(asked, view->options[i].value)) {
            return asked;
        }
    }
    return view->s->division.n >= 6 ? str_part(view->s->division, 0, 6)
           : view->noptions         ? str_of(view->options[0].value)
                                    : view->s->division;
}

static bool read_inspectors(struct request *request, struct zones_view *view, struct error *error)
{
    struct supervisor *s = view->s;
    struct db *db = request_db(request);
    if (!supervision_inspectors(db, s->arena, view->county, s->as_of, &view->inspectors, &view->ninspectors, error)) {
        return false;
    }
    view->names = ARENA_ARRAY(s->arena, struct str, view->ninspectors + 1);
    for (size_t i = 0; i < view->ninspectors; i++) {
        if (!facts_person_name(db, s->arena, s->app->vault, view->inspectors[i].person, &view->names[i], error)) {
            return false;
        }
    }
    return true;
}

static struct str name_of(const struct zones_view *view, struct str staff)
{
    for (size_t i = 0; i < view->ninspectors; i++) {
        if (str_eq(view->inspectors[i].staff, staff)) {
            return view->names[i];
        }
    }
    return staff;
}

static bool read_zones(struct request *request, struct zones_view *view, struct error *error)
{
    struct supervisor *s = view->s;
    struct zone *zones;
    if (!supervision_zones(request_db(request), s->arena, view->county, &zones, &view->n, error)) {
        return false;
    }
    view->zones = ARENA_ARRAY(s->arena, struct shown_zone, view->n + 1);
    view->zone = 0;
    for (size_t i = 0; i < view->n; i++) {
        struct shown_zone *shown = &view->zones[i];
        *shown = (struct shown_zone){ .zone = zones[i],
                                      .townships = ARENA_ARRAY(s->arena, struct name, zones[i].ntownships + 1),
                                      .inspectors = ARENA_ARRAY(s->arena, struct str, zones[i].ninspectors + 1) };
        for (size_t k = 0; k < zones[i].ntownships; k++) {
            shown->townships[k] = division_name(s->city, zones[i].townships[k]);
        }
        for (size_t k = 0; k < zones[i].ninspectors; k++) {
            shown->inspectors[k] = name_of(view, zones[i].inspectors[k]);
        }
        view->zone = zones[i].id == request_query_int(request, "zone", 0) ? zones[i].id : view->zone;
    }
    return true;
}

/* NULL: the reply was made. */
static struct zones_view *view_of(struct request *request)
{
    struct zones_view *view = ARENA_NEW(request_arena(request), struct zones_view);
    struct error error;
    *view = (struct zones_view){ .s = supervisor_of(request) };
    if (!view->s) {
        return NULL;
    }
    view->options = supervised_counties(view->s, false, &view->noptions);
    view->county = county_asked(request, view);
    if (!read_inspectors(request, view, &error) || !read_zones(request, view, &error)) {
        reply_failed(request, &error);
        return NULL;
    }
    return view;
}

static struct form *form_with(const struct zones_view *view)
{
    struct arena *arena = view->s->arena;
    const struct city *city = view->s->city;
    struct field *fields = ARENA_ARRAY(arena, struct field, 4);
    struct option *townships = ARENA_ARRAY(arena, struct option, city->ndivisions + 1);
    struct option *inspectors = ARENA_ARRAY(arena, struct option, view->ninspectors + 1);
    size_t n = 0;
    for (size_t i = 0; i < city->ndivisions; i++) {
        const struct division *d = &city->divisions[i];
        if (d->level == DIVISION_TOWNSHIP && str_starts(d->code, view->county)) {
            townships[n++] =
                (struct option){ arena_cstr(arena, d->code),
                                 { arena_cstr(arena, d->name.zh), arena_cstr(arena, name_in(d->name, LANG_EN)) },
                                 T("", "") };
        }
    }
    for (size_t i = 0; i < view->ninspectors; i++) {
        const char *name = arena_cstr(arena, view->names[i]);
        inspectors[i] = (struct option){ arena_cstr(arena, view->inspectors[i].staff), { name, name }, T("", "") };
    }
    fields[0] = (struct field){
        .name = "zh", .kind = FIELD_TEXT, .required = true, .max = 60, .label = T("名称", "Name in Chinese")
    };
    fields[1] =
        (struct field){ .name = "en", .kind = FIELD_TEXT, .max = 60, .label = T("英文名称", "Name in English") };
    fields[2] = (struct field){ .name = "townships",
                                .kind = FIELD_CHECKS,
                                .label = T("乡镇（街道）", "Townships"),
                                .options = townships,
                                .option_count = n };
    fields[3] = (struct field){ .name = "inspectors",
                                .kind = FIELD_CHECKS,
                                .label = T("督学", "Inspectors"),
                                .options = inspectors,
                                .option_count = view->ninspectors };
    struct form *form = ARENA_NEW(arena, struct form);
    *form = (struct form){ fields, 4 };
    return form;
}

static const struct form *form_of_zone(struct request *request)
{
    struct zones_view *view = view_of(request);
    return view ? form_with(view) : NULL;
}

static void use_form(struct request *request, const struct zones_view *view)
{
    form_use(request, form_with(view));
    for (size_t i = 0; i < view->n; i++) {
        const struct zone *zone = &view->zones[i].zone;
        if (zone->id != view->zone) {
            continue;
        }
        form_set(request, "zh", zone->name.zh);
        form_set(request, "en", zone->name.en);
        for (size_t k = 0; k < zone->ntownships; k++) {
            form_add(request, "townships", zone->townships[k]);
        }
        for (size_t k = 0; k < zone->ninspectors; k++) {
            form_add(request, "inspectors", zone->inspectors[k]);
        }
    }
}

static void show_zones(struct request *request)
{
    struct zones_view *view = view_of(request);
    if (view) {
        if (!request_is_post(request)) {
            use_form(request, view);
        }
        reply_page(request, request_is_post(request) ? 422 : 200, supervision_zones_page, view);
    }
}

static void did_zone(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct zone_do *input = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (input->result != CASE_DONE) {
        form_error(request, NULL, case_result_text(input->result));
        show_zones(request);
    } else {
        reply_notice(request, "saved");
        reply_redirect_to(request, "/supervision/zones?division=%.*s", STR_ARG(input->zone.division));
    }
}

static struct str *values_of(struct request *request, const char *field, size_t *n)
{
    const struct str *values = form_values(request, field, n);
    struct str *out = ARENA_ARRAY(request_arena(request), struct str, *n + 1);
    for (size_t i = 0; i < *n; i++) {
        out[i] = arena_str(request_arena(request), values[i]);
    }
    return out;
}

static void post_zone(struct request *request)
{
    struct zones_view *view = view_of(request);
    if (!view) {
        return;
    }
    struct zone_do *input = ARENA_NEW(view->s->arena, struct zone_do);
    *input = (struct zone_do){ .who = view->s->who,
                               .zone = { .id = view->zone,
                                         .division = arena_str(view->s->arena, view->county),
                                         .name = { form_value(request, "zh"), form_value(request, "en") } } };
    input->zone.townships = values_of(request, "townships", &input->zone.ntownships);
    input->zone.inspectors = values_of(request, "inspectors", &input->zone.ninspectors);
    if (form_ok(request) && !input->zone.ntownships && !input->zone.id) {
        form_error(request, "townships", T("请至少选一个乡镇", "Tick at least one township"));
    }
    if (!form_ok(request)) {
        show_zones(request);
        return;
    }
    request_command(request, "supervision.zone", zone_set_run, input, did_zone, input);
}

const struct route zone_routes[] = {
    { .method = "GET",
      .path = "/supervision/zones",
      .roles = SUPERVISION_READS,
      .handler = show_zones,
      .answer = "page",
      .summary = T("督学责任区", "Zones of inspectors") },
    { .method = "POST",
      .path = "/supervision/zones",
      .roles = SUPERVISION_LEADS,
      .form_of = form_of_zone,
      .handler = post_zone,
      .answer = "redirect",
      .summary = T("划分督学责任区", "Set a zone of inspectors") },
};
const size_t zone_route_count = sizeof zone_routes / sizeof *zone_routes;
