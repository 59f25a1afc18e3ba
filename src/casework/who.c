/* As whom an account works on cases. */
#include "accounts/accounts.h"
#include "casework/inside.h"

unsigned case_desks_of(unsigned roles)
{
    static const struct {
        unsigned roles, desk;
    } seats[] = { { ROLE_SCHOOL, DESK_SCHOOL },         { ROLE_INSPECTOR, DESK_INSPECTOR },
                  { ROLE_COUNTY_OFFICER, DESK_COUNTY }, { ROLE_CITY, DESK_CITY },
                  { ROLE_ENTERPRISE, DESK_ENTERPRISE }, { ROLE_FAMILY, DESK_FAMILY } };
    unsigned desks = DESK_OPENER;
    for (size_t i = 0; i < sizeof seats / sizeof *seats; i++) {
        desks |= roles & seats[i].roles ? seats[i].desk : 0;
    }
    return desks;
}

/* A vocational school may answer on the board; an inspector has the code of a member of staff. */
bool case_who_complete(struct db *db, struct arena *arena, struct case_who *who, struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select a.staff, coalesce(i.kind, ''), coalesce(i.division, '') from account a left "
                                 "join institution i on i.id = a.institution where a.id = ?1",
                                 V_INT(who->account));
    if (rows_next(rows)) {
        who->staff = rows_text_in(rows, 0, arena);
        struct str kind = rows_text(rows, 1), division = rows_text_in(rows, 2, arena);
        bool vocational = str_starts(kind, STR("36")) || str_starts(kind, STR("41"));
        who->desks |= (who->desks & DESK_SCHOOL) && vocational ? DESK_VOCATIONAL : 0;
        if (who->institution > 0) {
            who->scope = division;
        }
    }
    return rows_end(rows, error);
}

bool case_who_of(struct db *db, struct arena *arena, int64_t account, struct case_who *who, bool *found,
                 struct error *error)
{
    *who = (struct case_who){ .account = account, .role = "" };
    struct rows *rows = db_query(db, error,
                                 "select roles, scope, coalesce(institution, 0) from account where id = ?1 and state = "
                                 "'active'",
                                 V_INT(account));
    *found = rows_next(rows);
    if (*found) {
        who->desks = case_desks_of((unsigned)rows_int(rows, 0));
        who->scope = rows_text_in(rows, 1, arena);
        who->institution = rows_int(rows, 2);
    }
    return rows_end(rows, error) && (!*found || case_who_complete(db, arena, who, error));
}
