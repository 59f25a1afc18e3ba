/* Names, order and vocabularies of the files, as in the OneRoster 1.2 CSV binding; the order counts. */
#include "registry/oneroster.h"

#include <string.h>

static const char *const statuses[] = { "active", "tobedeleted", NULL };
static const char *const truths[] = { "true", "false", NULL };
static const char *const org_types[] = { "department", "school", "district", "local", "state", "national", NULL };
static const char *const session_types[] = { "gradingPeriod", "semester", "schoolYear", "term", NULL };
static const char *const class_types[] = { "homeroom", "scheduled", NULL };
static const char *const role_types[] = { "primary", "secondary", NULL };
static const char *const roles[] = { "aide",
                                     "counselor",
                                     "districtAdministrator",
                                     "guardian",
                                     "parent",
                                     "principal",
                                     "proctor",
                                     "relative",
                                     "siteAdministrator",
                                     "student",
                                     "systemAdministrator",
                                     "teacher",
                                     NULL };
static const char *const enrollment_roles[] = { "administrator", "proctor", "student", "teacher", NULL };

#define ID                                                                                                             \
    {                                                                                                                  \
        "sourcedId", true, NULL, ROSTER_NONE, false                                                                    \
    }
#define STATUS                                                                                                         \
    {                                                                                                                  \
        "status", false, statuses, ROSTER_NONE, false                                                                  \
    }
#define MODIFIED                                                                                                       \
    {                                                                                                                  \
        "dateLastModified", false, NULL, ROSTER_NONE, false                                                            \
    }
#define PLAIN(name)                                                                                                    \
    {                                                                                                                  \
        (name), false, NULL, ROSTER_NONE, false                                                                        \
    }
#define NEEDED(name)                                                                                                   \
    {                                                                                                                  \
        (name), true, NULL, ROSTER_NONE, false                                                                         \
    }
#define WORD(name, needed, list)                                                                                       \
    {                                                                                                                  \
        (name), (needed), (list), ROSTER_NONE, false                                                                   \
    }
#define POINTS(name, needed, file)                                                                                     \
    {                                                                                                                  \
        (name), (needed), NULL, (file), false                                                                          \
    }

static const struct roster_column orgs[] = { ID,
                                             STATUS,
                                             MODIFIED,
                                             NEEDED("name"),
                                             WORD("type", true, org_types),
                                             PLAIN("identifier"),
                                             POINTS("parentSourcedId", false, ROSTER_ORGS) };
static const struct roster_column sessions[] = { ID,
                                                 STATUS,
                                                 MODIFIED,
                                                 NEEDED("title"),
                                                 WORD("type", true, session_types),
                                                 NEEDED("startDate"),
                                                 NEEDED("endDate"),
                                                 POINTS("parentSourcedId", false, ROSTER_SESSIONS),
                                                 NEEDED("schoolYear") };
static const struct roster_column courses[] = { ID,
                                                STATUS,
                                                MODIFIED,
                                                POINTS("schoolYearSourcedId", false, ROSTER_SESSIONS),
                                                NEEDED("title"),
                                                PLAIN("courseCode"),
                                                PLAIN("grades"),
                                                POINTS("orgSourcedId", true, ROSTER_ORGS),
                                                PLAIN("subjects"),
                                                PLAIN("subjectCodes") };
static const struct roster_column classes[] = { ID,
                                                STATUS,
                                                MODIFIED,
                                                NEEDED("title"),
                                                PLAIN("grades"),
                                                POINTS("courseSourcedId", true, ROSTER_COURSES),
                                                PLAIN("classCode"),
                                                WORD("classType", true, class_types),
                                                PLAIN("location"),
                                                POINTS("schoolSourcedId", true, ROSTER_ORGS),
                                                { "termSourcedIds", true, NULL, ROSTER_SESSIONS, true },
                                                PLAIN("subjects"),
                                                PLAIN("subjectCodes"),
                                                PLAIN("periods") };
static const struct roster_column users[] = { ID,
                                              STATUS,
                                              MODIFIED,
                                              WORD("enabledUser", true, truths),
                                              NEEDED("username"),
                                              PLAIN("userIds"),
                                              NEEDED("givenName"),
                                              NEEDED("familyName"),
                                              PLAIN("middleName"),
                                              PLAIN("identifier"),
                                              PLAIN("email"),
                                              PLAIN("sms"),
                                              PLAIN("phone"),
                                              { "agentSourcedIds", false, NULL, ROSTER_USERS, true },
                                              PLAIN("grades"),
                                              PLAIN("password"),
                                              PLAIN("userMasterIdentifier"),
                                              PLAIN("resourceSourcedIds"),
                                              PLAIN("preferredGivenName"),
                                              PLAIN("preferredMiddleName"),
                                              PLAIN("preferredFamilyName"),
                                              POINTS("primaryOrgSourcedId", false, ROSTER_ORGS),
                                              PLAIN("pronouns") };
static const struct roster_column user_roles[] = { ID,
                                                   STATUS,
                                                   MODIFIED,
                                                   POINTS("userSourcedId", true, ROSTER_USERS),
                                                   WORD("roleType", true, role_types),
                                                   WORD("role", true, roles),
                                                   PLAIN("beginDate"),
                                                   PLAIN("endDate"),
                                                   POINTS("orgSourcedId", true, ROSTER_ORGS),
                                                   PLAIN("userProfileSourcedId") };
static const struct roster_column enrollments[] = { ID,
                                                    STATUS,
                                                    MODIFIED,
                                                    POINTS("classSourcedId", true, ROSTER_CLASSES),
                                                    POINTS("schoolSourcedId", true, ROSTER_ORGS),
                                                    POINTS("userSourcedId", true, ROSTER_USERS),
                                                    WORD("role", true, enrollment_roles),
                                                    WORD("primary", false, truths),
                                                    PLAIN("beginDate"),
                                                    PLAIN("endDate") };

#define TABLE(name, array)                                                                                             \
    {                                                                                                                  \
        (name), (array), sizeof(array) / sizeof *(array)                                                               \
    }
const struct roster_table ROSTER_TABLES[ROSTER_FILES] = {
    [ROSTER_ORGS] = TABLE("orgs", orgs),
    [ROSTER_SESSIONS] = TABLE("academicSessions", sessions),
    [ROSTER_COURSES] = TABLE("courses", courses),
    [ROSTER_CLASSES] = TABLE("classes", classes),
    [ROSTER_USERS] = TABLE("users", users),
    [ROSTER_ROLES] = TABLE("roles", user_roles),
    [ROSTER_ENROLLMENTS] = TABLE("enrollments", enrollments),
};

const char *const ROSTER_ABSENT[] = {
    "categories",
    "classResources",
    "courseResources",
    "demographics",
    "lineItemLearningObjectiveIds",
    "lineItems",
    "lineItemScoreScales",
    "resources",
    "resultLearningObjectiveIds",
    "results",
    "resultScoreScales",
    "scoreScales",
    "userProfiles",
    "userResources",
};
const size_t ROSTER_ABSENT_COUNT = sizeof ROSTER_ABSENT / sizeof *ROSTER_ABSENT;

int roster_column(enum roster_file file, const char *name)
{
    const struct roster_table *table = &ROSTER_TABLES[file];
    for (size_t i = 0; i < table->ncolumns; i++) {
        if (strcmp(table->columns[i].name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static bool is_of_class(const char *column)
{
    return strcmp(column, "stage") == 0 || strcmp(column, "entry_year") == 0 || strcmp(column, "class") == 0;
}

static size_t add_own(const struct kind *kind, struct roster_own *out, size_t n)
{
    for (size_t i = 0; i < kind->ncolumns && n < ROSTER_OWN_MOST; i++) {
        if (kind->id != KIND_INSTITUTION || strcmp(kind->columns[i].name, "name_zh") != 0) {
            out[n++] = (struct roster_own){ kind, i };
        }
    }
    return n;
}

size_t roster_own(enum roster_file file, struct roster_own out[ROSTER_OWN_MOST])
{
    const struct kind *pupil = &KIND_LIST[KIND_PUPIL];
    size_t n = 0;
    switch (file) {
    case ROSTER_ORGS:
        out[n++] = (struct roster_own){ &KIND_LIST[KIND_INSTITUTION], ROSTER_DIVISION };
        return add_own(&KIND_LIST[KIND_INSTITUTION], out, n);
    case ROSTER_USERS:
        return add_own(pupil, out, add_own(&KIND_LIST[KIND_STAFF], out, 0));
    case ROSTER_CLASSES:
        for (size_t i = 0; i < pupil->ncolumns; i++) {
            if (is_of_class(pupil->columns[i].name)) {
                out[n++] = (struct roster_own){ pupil, i };
            }
        }
        return n;
    default:
        return 0;
    }
}

struct str roster_own_name(struct arena *arena, const struct roster_own *own)
{
    bool division = own->column == ROSTER_DIVISION;
    return arena_printf(arena, "metadata.jiaoti.%s.%s", own->kind->name,
                        division ? "division" : own->kind->columns[own->column].name);
}
