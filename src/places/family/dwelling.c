/* The dwelling by which a family applies: the household's own address, or another one with what proves it. */
#include "places/family/apply.h"

#include "dwelling.page.h"

static const struct option where[] = {
    { "household", T("户口簿上的地址", "The address of the household book"), { 0 } },
    { "other", T("另一处住房", "Another dwelling"), { 0 } },
};
static const struct option title_kinds[] = {
    { "commercial", T("商品房", "Commercial flat"), { 0 } },
    { "self_built", T("自建房", "Self-built house"), { 0 } },
    { "resettlement", T("安置房", "Resettlement housing"), { 0 } },
    { "unit_housing", T("单位集资房、房改房", "Employer's housing"), { 0 } },
};
static const struct field dwelling_fields[] = {
    { .name = "kind",
      .kind = FIELD_CHOICE,
      .required = true,
      .label = T("按哪一种住房报名？", "By which kind of dwelling do you apply?"),
      .missing = T("请选择一种住房。", "Choose a kind of dwelling.") },
    { .name = "where",
      .kind = FIELD_CHOICE,
      .required = true,
      .label = T("住房在哪里？", "Where is it?"),
      .missing = T("请选择住房地址。", "Choose where the dwelling is."),
      FIELD_OPTIONS(where) },
    { .name = "address",
      .kind = FIELD_TEXT,
      .max = 120,
      .label = T("住房地址", "Address of the dwelling"),
      .hint = T("写到门牌号，例如：某某街道某某小区3号楼2单元501室",
                "Down to the door, as it stands on the title or contract"),
      .autocomplete = "street-address" },
    { .name = "community",
      .kind = FIELD_INT,
      .min = 1,
      .max = INT64_C(1) << 53,
      .label = T("所在小区或村", "Housing estate or village") },
    { .name = "title_number",
      .kind = FIELD_TEXT,
      .max = 60,
      .label = T("不动产权证号、合同号或居住证号", "Number of the title, contract or permit"),
      .hint = T("没有可以不填", "Leave empty if there is none") },
    { .name = "title_kind", .kind = FIELD_SELECT, .label = T("住房性质", "Kind of title"), FIELD_OPTIONS(title_kinds) },
    { .name = "owner_name",
      .kind = FIELD_TEXT,
      .max = 40,
      .label = T("房主或承租人姓名", "Name of the owner or tenant"),
      .hint = T("就是您本人的，不用填", "Leave empty if it is you") },
    { .name = "owner_citizen",
      .kind = FIELD_CITIZEN,
      .label = T("房主或承租人身份证号", "Citizen number of the owner or tenant"),
      .hint = T("就是您本人的，不用填", "Leave empty if it is you"),
      .width = 20 },
    VERSION_FIELD,
};
const struct form dwelling_form = FORM(dwelling_fields);

static void dwelling_options(struct request *request)
{
    const struct city *city = request_app(request)->city;
    struct option *options = ARENA_ARRAY(request_arena(request), struct option, city->ndwellings);
    struct arena *arena = request_arena(request);
    for (size_t i = 0; i < city->ndwellings; i++) {
        const struct dwelling_kind *kind = &city->dwellings[i];
        options[i].value = arena_cstr(arena, kind->id);
        options[i].label = T(arena_cstr(arena, kind->name.zh), arena_cstr(arena, name_in(kind->name, LANG_EN)));
    }
    form_options(request, "kind", options, city->ndwellings);
}

static bool household_of(struct request *request, struct application *application, struct child *child,
                         struct str *address, struct error *error)
{
    struct app *app = request_app(request);
    struct db *db = request_db(request);
    struct arena *arena = request_arena(request);
    bool found;
    *address = (struct str){ NULL, 0 };
    if (!child_get(db, arena, app->vault, application->child, child, &found, error)) {
        return false;
    }
    if (found && child->household_dwelling) {
        struct dwelling dwelling;
        if (!registry_dwelling(db, arena, app->vault, child->household_dwelling, &dwelling, &found, error)) {
            return false;
        }
        if (found) {
            *address = dwelling.address;
        }
    }
    return true;
}

void show_dwelling(struct request *request)
{
    struct application application;
    if (!apply_load(request, &application) || !apply_editable(request, &application, PART_DWELLING)) {
        return;
    }
    struct dwelling_view view = { .frame = apply_frame(request, &application, 2, "consent"),
                                  .city = request_app(request)->city };
    struct child child;
    struct error error;
    if (!household_of(request, &application, &child, &view.household, &error) ||
        (form_value(request, "address").n &&
         !registry_find_communities(request_db(request), request_arena(request), application.round_division,
                                    form_value(request, "address"), 12, &view.communities, &view.ncommunities,
                                    &error))) {
        reply_failed(request, &error);
        return;
    }
    form_use(request, &dwelling_form);
    dwelling_options(request);
    form_set_int(request, "version", view.frame.version);
    form_set(request, "kind", application.claim_kind);
    bool home = application.dwelling && application.dwelling == child.household_dwelling;
    if (application.dwelling) {
        form_set(request, "where", home ? STR("household") : STR("other"));
    }
    if (application.dwelling && !home) {
        form_set(request, "address", application.address);
    }
    form_set(request, "title_number", application.claim.title_number);
    form_set(request, "title_kind", application.claim.title_kind);
    form_set(request, "owner_name", application.claim.owner_name);
    form_set(request, "owner_citizen", application.claim.owner_citizen);
    reply_page(request, 200, dwelling, &view);
}

static const char *dwelling_field(enum apply_result result)
{
    switch (result) {
    case APPLY_DWELLING_KIND:
        return "kind";
    case APPLY_ADDRESS_MISSING:
    case APPLY_ADDRESS_UNKNOWN:
    case APPLY_OUTSIDE_COUNTY:
        return "address";
    case APPLY_OWNER_MISSING:
        return "owner_name";
    case APPLY_BAD_CITIZEN:
        return "owner_citizen";
    default:
        return NULL;
    }
}

static void dwelled(struct request *request, void *input)
{
    struct application_dwelling *dwelling = input;
    apply_went(request, &dwelling->apply, "claims", dwelling_field(dwelling->apply.result), show_dwelling);
}

struct application_dwelling *dwelling_command(struct request *request, const struct application *application)
{
    struct arena *arena = request_arena(request);
    struct application_dwelling *d = ARENA_NEW(arena, struct application_dwelling);
    d->apply = apply_head(request, application->id, form_int(request, "version"));
    d->claim_kind = application->claim_kind;
    d->dwelling = application->dwelling;
    d->owner_citizen = application->claim.owner_citizen;
    d->owner_name = application->claim.owner_name;
    d->title_number = application->claim.title_number;
    d->title_kind = application->claim.title_kind;
    d->claims = application->claims & FACTS_CLAIMABLE;
    d->sibling_school = application->sibling_school;
    return d;
}

void dwelling_post(struct request *request)
{
    struct application application;
    if (!apply_load(request, &application) || !apply_editable(request, &application, PART_DWELLING)) {
        return;
    }
    dwelling_options(request);
    bool other = form_is(request, "where", "other");
    if (form_check(request) && other && form_value(request, "address").n == 0) {
        form_error(request, "address", T("请填写住房地址。", "Write the address of the dwelling."));
    }
    if (!form_ok(request)) {
        show_dwelling(request);
        return;
    }
    struct application_dwelling *d = dwelling_command(request, &application);
    struct child child;
    struct str household;
    struct error error;
    if (!household_of(request, &application, &child, &household, &error)) {
        reply_failed(request, &error);
        return;
    }
    d->claim_kind = form_value(request, "kind");
    d->dwelling = other ? 0 : child.household_dwelling;
    d->address = other ? form_value(request, "address") : household;
    d->community = other ? form_int(request, "community") : 0;
    d->owner_name = form_value(request, "owner_name");
    d->owner_citizen = form_value(request, "owner_citizen");
    d->title_number = form_value(request, "title_number");
    d->title_kind = form_value(request, "title_kind");
    run_command(request, "application.dwelling", application_dwelling_run, d, dwelled);
}
