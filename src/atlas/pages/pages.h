/* Pages of the atlas: what they show. */
#ifndef ATLAS_PAGES_PAGES_H
#define ATLAS_PAGES_PAGES_H

#include "accounts/accounts.h"
#include "atlas/atlas.h"
#include "casework/words.h"
#include "registry/kinds.h"
#include "registry/registry.h"
#include "web/components.h"
#include "web/reply.h"

extern const struct route map_routes[], venue_routes[];
extern const size_t map_route_count, venue_route_count;

/* ---- The picture in a request (common.c) ---- */

/* Called with the picture of today; makes the reply. */
typedef void picture_page(struct request *request, const struct picture *picture);
void with_picture(struct request *request, picture_page *page);
/* The same; the page gives the picture back itself (atlas_give), later. */
void with_picture_kept(struct request *request, picture_page *page);

/* ---- From where (place.c) ---- */

/* ?community=17, ?lon=115.99&lat=36.46 (&frame=gcj02) or ?q=阳光小区. */
struct place {
    bool has;
    bool has_point; /* of a point on the map; else a community's middle */
    struct name name;
    struct degrees at; /* of a point; CGCS2000 */
    int64_t east, north;
    struct community community; /* id 0: of a point */
    struct str query;           /* what was typed */
    struct str link;            /* "community=17" or "lon=…&lat=…", for further links; empty without a place */
    struct community *others;   /* what else the words may mean */
    size_t nothers;
    bool nothing; /* words that nothing was found for */
};
/* False: a reply was made. */
bool place_of_request(struct request *request, struct place *place);

/* ---- Words ---- */

/* The label of a word of the kind's column. */
struct name word_label(enum kind_id kind, const char *column, struct str word);
/* The words of a column as options, the first one being "any". */
const struct option *word_options(struct arena *arena, enum kind_id kind, const char *column, size_t *n);
struct name county_called(const struct city *city, struct str division);
/* Counties as options. */
const struct option *county_options(struct arena *arena, const struct city *city, size_t *n);
struct text stage_called(enum stage stage);

/* ---- /map ---- */

enum band_mark { MARK_GREEN, MARK_YELLOW, MARK_ORANGE, MARK_RED, MARKS };

struct map_view {
    const struct city *city;
    const struct picture *picture;
    struct str source; /* "/atlas/" layers with the frame of the base */
    struct str tiles, attribution;
    const char *frame;
};

/* ---- /map/at ---- */

struct at_school {
    struct institution school;
    int64_t metres;
};
struct at_stage {
    struct text stage;
    bool found;
    int64_t catchment;
    struct name name;
    struct at_school *schools;
    size_t n;
};
struct at_view {
    struct place place;
    struct at_stage stages[STAGE_COUNT];
    struct venue_hit *venues;
    size_t nvenues;
};

/* ---- /map/list/… ---- */

struct list_item {
    struct name name;
    struct str href, note;
};
struct list_filter {
    struct str county, kind, stage;
    const struct option *counties, *kinds;
    size_t ncounties, nkinds;
};
struct layer_list_view {
    enum layer layer;
    struct text title;
    struct list_filter filter;
    struct list_item *items;
    size_t n;
    int64_t total, page, pages;
    struct str base; /* address up to the page's number */
};
struct group_view {
    const struct map_group *group;
    struct name kind, county;
};

/* ---- /venues, /venue/CODE ---- */

struct venue_line {
    const struct venue *venue;
    struct name county, kind, fee, access, sports, hours;
    struct str distance;
    bool known, open; /* of the hours; now */
    bool changes;
    int64_t changes_at;
    bool stale; /* not looked at for a year */
};
struct venues_view {
    struct place place;
    struct str sport, fee, access, kind;
    bool open_now;
    const struct option *sports, *fees, *accesses, *kinds;
    size_t nsports, nfees, naccesses, nkinds;
    struct venue_line *lines;
    size_t n;
    int64_t page;
    bool more;
    struct str base; /* address without the page's number */
    int64_t now;
};
struct venue_view {
    struct venue_line line;
    bool is_large; /* promised hours */
    bool has_institution;
    struct name institution;
    struct str institution_href; /* empty: it has no page */
    bool promised;               /* the register says that it is open to the public */
    int64_t promised_from;
    int64_t minutes_a_week;
    bool staff; /* sees who looked */
    struct venue_hit *near;
    size_t nnear;
    int64_t now;
    const struct case_kind *fault; /* by which anybody reports what is broken; NULL: the city has none */
    struct case_row *faults;       /* confirmed and not mended yet */
    size_t nfaults;
};

#endif
