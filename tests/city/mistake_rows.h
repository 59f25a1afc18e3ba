/* One mistake each: what is changed in the fixture, and exactly what is said of it. */
#ifndef TESTS_CITY_MISTAKE_ROWS_H
#define TESTS_CITY_MISTAKE_ROWS_H

#include "folder.h"

#define PRIMARY "admission/990101-primary.yaml"
#define JUNIOR "admission/990101-junior.yaml"
#define CITY "city.yaml"
#define DIVISIONS "divisions.csv"

static const struct mistake_row {
    struct patch patch;
    const char *says;
} mistake_rows[] = {
    /* not YAML */
    { { PRIMARY, "title: {zh: \"方案\", en: \"A plan\"}", "title: {zh: \"方案\", en: \"A plan\"" },
      "admission/990101-primary.yaml:5: broken YAML: did not find expected ',' or '}'; expected well-formed YAML\n" },
    { { PRIMARY, "stage: primary", "\tstage: primary" },
      "admission/990101-primary.yaml:2: broken YAML: found character that cannot start any token; expected well-formed "
      "YAML\n" },
    { { PRIMARY, "year: 2026", "year: 2026: 2027" },
      "admission/990101-primary.yaml:3: broken YAML: mapping values are not allowed in this context; expected "
      "well-formed YAML\n" },
    { { PRIMARY, "en: \"The law\"", "en: \"The \\q law\"" },
      "admission/990101-primary.yaml:5: broken YAML: found unknown escape character; expected well-formed YAML\n" },
    { { PRIMARY, "\"方案\"", "\"\xb7\xbd\"" },
      "admission/990101-primary.yaml:4: the line is not UTF-8; expected a file saved as UTF-8\n" },
    { { PRIMARY, NULL, "" }, "admission/990101-primary.yaml:1: the file is empty; expected its keys\n" },
    { { PRIMARY, "missing_witness: leave_out",
        "missing_witness: leave_out\n"
        "---\n"
        "county: 1" },
      "admission/990101-primary.yaml:88: a second document begins here; expected one document in a file\n" },
    { { PRIMARY, "mechanism: serial", "mechanism: *serial" },
      "admission/990101-primary.yaml:6: a YAML anchor or alias ('&', '*') stands here; expected the value itself (in "
      "quotes if it is text)\n" },
    { { PRIMARY, NULL,
        "- one\n"
        "- two\n" },
      "admission/990101-primary.yaml:1: policy is a list; expected a mapping\n" },
    /* keys */
    { { PRIMARY, "mechanism: serial", "mechanisn: serial" },
      "admission/990101-primary.yaml:6: unknown key 'mechanisn'; expected 'mechanism'\n" },
    { { PRIMARY, "year: 2026\n",
        "year: 2026\n"
        "colour: red\n" },
      "admission/990101-primary.yaml:4: unknown key 'colour'; expected one of: county, stage, year, title, source, "
      "mechanism, lots, catchments, choices, private, entrants, checks, categories, order, distance_step_metres, "
      "sibling, together, dwelling_lock_years, balance, places, kinds, waiting, audit, calendar, publication_days, "
      "review, witnesses, missing_witness, public_value\n" },
    { { PRIMARY, "sibling: follow\n", "" },
      "admission/990101-primary.yaml:1: policy lacks the key 'sibling'; expected 'sibling: …'\n" },
    { { PRIMARY, "sibling: follow\n",
        "sibling: follow\n"
        "sibling: none\n" },
      "admission/990101-primary.yaml:59: key 'sibling' stands twice; expected it once\n" },
    { { PRIMARY, "  total: 1", "  sum: 1" },
      "admission/990101-primary.yaml:9: choices lacks the key 'total'; expected 'total: …'\n"
      "admission/990101-primary.yaml:11: unknown key 'sum'; expected one of: public, private, total\n" },
    { { PRIMARY, "        when: [dwelling_in_catchment, owns_all]\n", "" },
      "admission/990101-primary.yaml:32: subrank lacks the key 'when'; expected 'when: …'\n" },
    { { PRIMARY, "title: {zh: \"方案\", en: \"A plan\"}", "title: {zh: \"方案\"}" },
      "admission/990101-primary.yaml:4: title lacks the key 'en'; expected 'en: …'\n" },
    /* types and ranges */
    { { PRIMARY, "title: {zh: \"方案\", en: \"A plan\"}", "title: A plan" },
      "admission/990101-primary.yaml:4: title is 'A plan'; expected a mapping\n" },
    { { PRIMARY, "    rank: 2", "    rank: two" },
      "admission/990101-primary.yaml:43: rank is 'two'; expected a whole number from 1 to 126\n" },
    { { PRIMARY, "    rank: 2", "    rank: 300" },
      "admission/990101-primary.yaml:43: rank is '300'; expected a whole number from 1 to 126\n" },
    { { PRIMARY, "    rank: 2", "    rank: \"2\"" },
      "admission/990101-primary.yaml:43: rank is '2', a text in quotes; expected a whole number from 1 to 126\n" },
    { { PRIMARY, "  draw: true", "  draw: yes" },
      "admission/990101-primary.yaml:13: draw is 'yes'; expected true or false\n" },
    { { PRIMARY, "  draw: true", "  draw: false" },
      "admission/990101-primary.yaml:13: draw is false; expected true: an oversubscribed private school must draw\n" },
    { { PRIMARY, "dwelling_lock_years: 6", "dwelling_lock_years: 60" },
      "admission/990101-primary.yaml:59: dwelling_lock_years is '60'; expected a whole number from 0 to 12\n" },
    { { PRIMARY, "publication_days: 3", "publication_days: 2" },
      "admission/990101-primary.yaml:77: publication_days is '2'; expected a whole number from 3 to 60\n" },
    { { PRIMARY, "  - id: elsewhere", "  - id: Else where" },
      "admission/990101-primary.yaml:41: id is 'Else where'; expected an id (small letters, digits and _, a letter "
      "first, at most 40)\n" },
    { { PRIMARY, "en: \"A plan\"", "en: \"\"" },
      "admission/990101-primary.yaml:4: title.en is empty; expected text\n" },
    { { PRIMARY, "order: [category, subrank, sibling, distance]", "order: category" },
      "admission/990101-primary.yaml:56: order is 'category'; expected a list\n" },
    { { PRIMARY,
        "    when: []\n"
        "    checks: []",
        "    when: nothing\n"
        "    checks: []" },
      "admission/990101-primary.yaml:54: when is 'nothing'; expected a list\n" },
    { { PRIMARY, "witnesses:\n",
        "witnesses: []\n"
        "old:\n" },
      "admission/990101-primary.yaml:80: witnesses has 0 items; expected 1 to 16\n"
      "admission/990101-primary.yaml:81: unknown key 'old'; expected one of: county, stage, year, title, source, "
      "mechanism, lots, catchments, choices, private, entrants, checks, categories, order, distance_step_metres, "
      "sibling, together, dwelling_lock_years, balance, places, kinds, waiting, audit, calendar, publication_days, "
      "review, witnesses, missing_witness, public_value\n" },
    /* words */
    { { PRIMARY, "mechanism: serial", "mechanism: lottery" },
      "admission/990101-primary.yaml:6: mechanism is 'lottery'; expected one of: serial, deferred, cycles\n" },
    { { PRIMARY, "mechanism: serial", "mechanism: serail" },
      "admission/990101-primary.yaml:6: mechanism is 'serail'; expected 'serial'\n" },
    { { PRIMARY, "stage: primary", "stage: senior" },
      "admission/990101-primary.yaml:2: stage is 'senior'; expected one of: primary, junior\n" },
    { { PRIMARY, "    kind: notary", "    kind: judge" },
      "admission/990101-primary.yaml:83: kind is 'judge'; expected one of: notary, discipline, parents, school, "
      "public\n" },
    { { PRIMARY, "order: [category, subrank, sibling, distance]", "order: [category, subrank, sibling, distnace]" },
      "admission/990101-primary.yaml:56: order is 'distnace'; expected 'distance'\n" },
    { { PRIMARY, "order: [category, subrank, sibling, distance]",
        "order: [category, subrank, sibling, category, distance]" },
      "admission/990101-primary.yaml:56: order names 'category' twice; expected it once\n" },
    { { PRIMARY, "  open: [public]", "  open: [public, public]" },
      "admission/990101-primary.yaml:63: open names 'public' twice; expected it once\n" },
    { { PRIMARY, "  open: [public]", "  open: []" },
      "admission/990101-primary.yaml:63: balancing is enabled and open is empty; expected public, private or both\n" },
    /* facts and conditions */
    { { PRIMARY, "[not household_in_county, residence_permit]", "[not household_in_conty, residence_permit]" },
      "admission/990101-primary.yaml:49: when: 'household_in_conty' is no fact; expected 'household_in_county'\n" },
    { { PRIMARY, "[not household_in_county, residence_permit]", "[rich, residence_permit]" },
      "admission/990101-primary.yaml:49: when: 'rich' is no fact; expected one of: household_in_catchment, "
      "dwelling_in_catchment, sibling_enrolled, household_in_county, dwelling_in_county, owns_all, owns_part, "
      "owns_none, lease_registered, residence_permit, employment, business, policy_group, disability\n" },
    { { PRIMARY, "{any: [owns_all, owns_part]}", "{any: [owns_all, owns_all]}" },
      "admission/990101-primary.yaml:44: when names 'owns_all' twice; expected it once\n" },
    { { PRIMARY, "{any: [owns_all, owns_part]}", "{any: [owns_all, not owns_all]}" },
      "admission/990101-primary.yaml:44: 'owns_all' beside 'not owns_all' always holds; expected one of the two\n" },
    { { PRIMARY, "{any: [owns_all, owns_part]}", "{all: [owns_all, owns_part]}" },
      "admission/990101-primary.yaml:44: unknown key 'all'; expected 'any'\n"
      "admission/990101-primary.yaml:44: when lacks the key 'any'; expected 'any: …'\n" },
    { { PRIMARY, "{any: [owns_all, owns_part]}", "{any: []}" },
      "admission/990101-primary.yaml:44: any has 0 items; expected 1 to 28\n" },
    { { PRIMARY,
        "    when: []\n"
        "    checks: []",
        "    when: [business]\n"
        "    checks: [licence]" },
      "admission/990101-primary.yaml:51: 'others' is the last one and has conditions; expected 'when: []', so that "
      "everybody has a place here\n" },
    { { PRIMARY,
        "        when: []\n"
        "  - id: elsewhere",
        "        when: [owns_none]\n"
        "  - id: elsewhere" },
      "admission/990101-primary.yaml:38: 'owns_none' is the last one and has conditions; expected 'when: []', so that "
      "everybody has a place here\n" },
    { { PRIMARY, "[not household_in_county, residence_permit]", "[household_in_catchment, residence_permit]" },
      "admission/990101-primary.yaml:46: no child can be in 'outside': who fits it fits an earlier one; expected a "
      "condition that some child meets\n" },
    { { PRIMARY, "[dwelling_in_catchment, owns_part]", "[owns_part, owns_all]" },
      "admission/990101-primary.yaml:35: no child can be in 'owns_part': who fits it fits an earlier one; expected a "
      "condition that some child meets\n" },
    /* references */
    { { PRIMARY, "county: \"990101\"", "county: \"990110\"" },
      "admission/990101-primary.yaml: the file holds the policy of 990110, primary; expected it to be named "
      "990110-primary.yaml\n"
      "admission/990101-primary.yaml:1: county is '990110', which is no county of divisions.csv; expected '990101'\n" },
    { { PRIMARY, "    checks: [property, work, licence]", "    checks: [property, work, license]" },
      "admission/990101-primary.yaml:45: checks is 'license'; expected 'licence'\n" },
    { { PRIMARY, "    checks: [property, work, licence]", "    checks: [property, work]" },
      "admission/990101-primary.yaml:41: category 'elsewhere' relies on 'business', which none of its checks confirms; "
      "expected 'licence'\n" },
    { { PRIMARY, "    checks: [property, work, licence]", "    checks: [property, work, licence, work]" },
      "admission/990101-primary.yaml:45: checks names 'work' twice; expected it once\n" },
    { { PRIMARY, "year: 2026", "year: 2027" },
      "admission/990101-primary.yaml:3: year is 2027; expected 2026, the year of city.yaml\n" },
    { { PRIMARY, "  - id: elsewhere", "  - id: household" },
      "admission/990101-primary.yaml:41: 'household' stands twice; expected an id of its own\n" },
    { { PRIMARY, "  - id: parents", "  - id: notary" },
      "admission/990101-primary.yaml:84: 'notary' stands twice; expected an id of its own\n" },
    { { PRIMARY, "  class_size: 45", "  class_size: 46" },
      "admission/990101-primary.yaml:65: class_size is 46; expected at most 45, the stage's in city.yaml\n" },
    /* parts that must agree */
    { { PRIMARY, "  public: 1\n", "  public: 2\n" },
      "admission/990101-primary.yaml:9: mechanism is serial and public is 2; expected 1: serial takes one wish for a "
      "public school\n"
      "admission/990101-primary.yaml:11: total is 1; expected from 2 (the larger of public and private) to 3 (their "
      "sum)\n" },
    { { PRIMARY, "  total: 1", "  total: 3" },
      "admission/990101-primary.yaml:11: total is 3; expected from 1 (the larger of public and private) to 2 (their "
      "sum)\n" },
    { { PRIMARY, "order: [category, subrank, sibling, distance]", "order: [subrank, sibling, distance]" },
      "admission/990101-primary.yaml:56: order does not name 'category'; expected it\n" },
    { { PRIMARY, "order: [category, subrank, sibling, distance]", "order: [category, sibling, distance]" },
      "admission/990101-primary.yaml:56: order does not name 'subrank', but the policy has subranks; expected both or "
      "neither\n" },
    { { PRIMARY, "sibling: follow", "sibling: none" },
      "admission/990101-primary.yaml:56: order names 'sibling', but the policy has no sibling: follow; expected both "
      "or neither\n" },
    { { PRIMARY, "distance_step_metres: 100\n", "" },
      "admission/990101-primary.yaml:56: order names 'distance', but the policy has no distance_step_metres; expected "
      "both or neither\n" },
    { { PRIMARY,
        "  least_age: 6\n"
        "  day: 2026-08-31",
        "  graduates: true" },
      "admission/990101-primary.yaml:22: entrants lacks the key 'day'; expected 'day: …'\n"
      "admission/990101-primary.yaml:22: entrants lacks the key 'least_age'; expected 'least_age: …'\n"
      "admission/990101-primary.yaml:22: unknown key 'graduates'; expected one of: least_age, day\n" },
    { { PRIMARY, "  day: 2026-08-31", "  day: 2025-08-31" },
      "admission/990101-primary.yaml:23: day is in 2025; expected a day of 2026\n" },
    { { JUNIOR, "  graduates: true", "  graduates: false" },
      "admission/990101-junior.yaml:22: graduates is false; expected true: a junior school admits graduates of primary "
      "school\n" },
    /* dates */
    { { PRIMARY, "  closes: 2026-07-10 18:00", "  closes: 2026-07-32 18:00" },
      "admission/990101-primary.yaml:69: closes is '2026-07-32 18:00'; expected a date and time such as 2026-07-01 "
      "08:00\n" },
    { { PRIMARY, "  closes: 2026-07-10 18:00", "  closes: 10 July" },
      "admission/990101-primary.yaml:69: closes is '10 July'; expected a date and time such as 2026-07-01 08:00\n" },
    { { PRIMARY, "  closes: 2026-07-10 18:00", "  closes: 2026-06-30 18:00" },
      "admission/990101-primary.yaml:69: closes is 2026-06-30 18:00; expected later than opens (2026-07-01 08:00)\n" },
    { { PRIMARY, "  confirm_until: 2026-07-31 18:00", "  confirm_until: 2026-07-27 18:00" },
      "admission/990101-primary.yaml:73: confirm_until is 2026-07-27 18:00; 3 days of publication, so expected "
      "2026-07-28 09:00 or later\n" },
    { { PRIMARY, "  late_confirm_until: 2026-08-18 18:00", "  late_confirm_until: 2027-08-18 18:00" },
      "admission/990101-primary.yaml:76: late_confirm_until is in 2027; expected a day of 2026\n" },
    { { PRIMARY, "  day: 2026-08-31", "  day: 2026-02-30" },
      "admission/990101-primary.yaml:23: day is '2026-02-30'; expected a date such as 2026-08-31\n" },
    /* the folder */
    { { PRIMARY, NULL, NULL },
      "divisions.csv:3: 990101 has no policy for primary; expected the file admission/990101-primary.yaml\n" },
    { { "admission/notes.txt", NULL, "hello" },
      "admission/notes.txt: not the name of a policy; expected COUNTY-STAGE.yaml such as 371502-primary.yaml\n" },
    { { PRIMARY,
        "stage: primary\n"
        "year: 2026",
        "stage: junior\n"
        "year: 2026" },
      "admission/990101-primary.yaml: the file holds the policy of 990101, junior; expected it to be named "
      "990101-junior.yaml\n"
      "admission/990101-primary.yaml:22: entrants lacks the key 'graduates'; expected 'graduates: …'\n"
      "admission/990101-primary.yaml:22: unknown key 'least_age'; expected 'graduates'\n"
      "admission/990101-primary.yaml:23: unknown key 'day'; expected 'graduates'\n" },
    { { DIVISIONS, NULL, NULL },
      "divisions.csv: cannot be opened: No such file or directory; expected a file that can be read\n" },
    { { CITY, NULL, NULL },
      "city.yaml: cannot be opened: No such file or directory; expected a file that can be read\n" },
    /* divisions.csv */
    { { DIVISIONS, "code,parent,level", "code;parent;level" },
      "divisions.csv:1: the first line is no header; expected 'code,parent,level,zh,en,local,national'\n" },
    { { DIVISIONS, "990101002,990101,township,西镇,West Town,0,990101002", "990101002,990101,township,西镇" },
      "divisions.csv:5: the line has 4 fields; expected 7: code,parent,level,zh,en,local,national\n" },
    { { DIVISIONS, "990101002,990101,township", "990101001,990101,township" },
      "divisions.csv:5: code '990101001' stands on line 4 already; expected a code of its own\n"
      "divisions.csv:5: national is '990101002'; expected '990101001', the code itself, as local is 0\n" },
    { { DIVISIONS, "990101002,990101,township", "99010100,990101,township" },
      "divisions.csv:5: code is '99010100'; expected the code of a township: 9 digits or capital letters\n" },
    { { DIVISIONS, "990101002,990101,township,西镇,West Town,0,990101002",
        "990102002,990101,township,西镇,West Town,0,990102002" },
      "divisions.csv:5: code is '990102002'; expected it to start with '990101', its parent's\n" },
    { { DIVISIONS, "990101002,990101,township", "990101002,990105,township" },
      "divisions.csv:5: parent is '990105'; expected the code of a county in this table\n" },
    { { DIVISIONS, "990101002,990101,township", "990101002,990101,townshp" },
      "divisions.csv:5: level is 'townshp'; expected 'township'\n" },
    { { DIVISIONS, "西镇", "" }, "divisions.csv:5: zh is empty; expected a name\n" },
    { { DIVISIONS, "West Town,0", "West Town,no" }, "divisions.csv:5: local is 'no'; expected 0 or 1\n" },
    { { DIVISIONS, "9901Z1,990100,county,乙区,Zone,1,", "9901Z1,990100,county,乙区,Zone,0," },
      "divisions.csv:6: code is '9901Z1' and local is 0; expected a letter in a local code, digits in a national "
      "one\n" },
    { { DIVISIONS, "1,990101003", "1,99010" }, "divisions.csv:7: national is '99010'; expected nothing or 9 digits\n" },
    { { DIVISIONS, "West Town,0,990101002", "West Town,0,990101009" },
      "divisions.csv:5: national is '990101009'; expected '990101002', the code itself, as local is 0\n" },
    { { DIVISIONS, "9901Z1003,9901Z1,township,南镇,South Town,1,990101003\n", "" },
      "divisions.csv:6: county '9901Z1' has no township; expected at least one\n" },
    { { DIVISIONS, "990100,,city,试验市,Testing,0,990100\n", "" },
      "divisions.csv:1: there is no line of level city; expected one\n"
      "divisions.csv:2: parent is '990100'; expected the code of a city in this table\n"
      "divisions.csv:5: parent is '990100'; expected the code of a city in this table\n" },
    /* city.yaml */
    { { CITY, "code: 990100", "code: 9901" },
      "city.yaml:2: code is '9901'; expected the six digits of a city's division code, such as 371500\n" },
    { { CITY, "code: 990100", "code: 990200" },
      "divisions.csv:2: the city's code is '990100'; expected '990200', the code of city.yaml\n" },
    { { CITY, "languages: [zh, en]", "languages: [en]" }, "city.yaml:4: languages does not name 'zh'; expected it\n" },
    { { CITY, "languages: [zh, en]", "languages: [zh, de]" },
      "city.yaml:4: languages is 'de'; expected one of: zh, en\n" },
    { { CITY, "holidays: [2026-10-01, 2026-10-02]", "holidays: [2026-10-02, 2026-10-01]" },
      "city.yaml:11: holidays: 2026-10-01 is not later than the one before; expected ascending days, each once\n" },
    { { CITY, "holidays: [2026-10-01, 2026-10-02]", "holidays: [2026-10-01, tomorrow]" },
      "city.yaml:11: holidays is 'tomorrow'; expected a date such as 2026-08-31\n" },
    { { CITY,
        "    authority: registry\n"
        "    sent: [{zh: 号码, en: number}]\n"
        "    yields: [dwelling",
        "    authority: regstry\n"
        "    sent: [{zh: 号码, en: number}]\n"
        "    yields: [dwelling" },
      "city.yaml:38: authority is 'regstry'; expected 'registry'\n" },
    { { CITY,
        "    url: http://127.0.0.1:8081\n"
        "    key: police_key",
        "    url: ftp://127.0.0.1/\n"
        "    key: police_key" },
      "city.yaml:18: url is 'ftp://127.0.0.1/'; expected http://… or https://… without a slash at its end\n" },
    { { CITY,
        "    url: http://127.0.0.1:8081\n"
        "    key: police_key",
        "    key: police_key" },
      "city.yaml:16: url is missing; expected url, key and timeout_ms, or none of them (asked by spreadsheet)\n" },
    { { CITY,
        "    timeout_ms: 5000\n"
        "  - id: registry",
        "  - id: registry" },
      "city.yaml:16: timeout_ms is missing; expected url, key and timeout_ms, or none of them (asked by "
      "spreadsheet)\n" },
    { { CITY,
        "    timeout_ms: 5000\n"
        "  - id: registry",
        "    timeout_ms: 5\n"
        "  - id: registry" },
      "city.yaml:20: timeout_ms is '5'; expected a whole number from 100 to 60000\n" },
    { { CITY, "    papers: [title]", "    papers: [deed]" },
      "city.yaml:41: papers is 'deed'; expected one of: book, title\n" },
    { { CITY, "    yields: [employment]", "    yields: [employment, employment]" },
      "city.yaml:52: yields names 'employment' twice; expected it once\n" },
    { { CITY, "  - id: work", "  - id: permit" },
      "admission/990101-junior.yaml:44: checks is 'work'; expected one of: household, property, permit, permit, "
      "licence, birth\n"
      "admission/990101-primary.yaml:45: checks is 'work'; expected one of: household, property, permit, permit, "
      "licence, birth\n"
      "admission/9901Z1-junior.yaml:44: checks is 'work'; expected one of: household, property, permit, permit, "
      "licence, birth\n"
      "admission/9901Z1-primary.yaml:45: checks is 'work'; expected one of: household, property, permit, permit, "
      "licence, birth\n"
      "city.yaml:48: 'permit' stands twice; expected an id of its own\n" },
    { { CITY, "check: permit, facts: [owns_none, residence_permit]", "check: permit, facts: [owns_none, employment]" },
      "city.yaml:68: facts names one that is no right to live there; expected only owns_…, lease_registered, "
      "residence_permit\n" },
    { { CITY, "    remedy: counter", "    remedy: shout" },
      "city.yaml:78: remedy is 'shout'; expected one of: correct, paper, counter, none\n" },
    { { CITY, "    checks: [property]\n", "    checks: [proprty]\n" },
      "city.yaml:74: checks is 'proprty'; expected 'property'\n" },
    { { CITY, "keep_months: 12", "keep_months: 0" },
      "city.yaml:80: keep_months is '0'; expected a whole number from 1 to 1200\n" },
    { { CITY, "  junior: {name: {zh: 初中, en: Junior}, class_size: 50}\n", "" },
      "admission/990101-junior.yaml:2: stage is 'junior', which the stages of city.yaml do not have; expected "
      "'primary'\n"
      "admission/9901Z1-junior.yaml:2: stage is 'junior', which the stages of city.yaml do not have; expected "
      "'primary'\n" },
    { { CITY, "name: {zh: 试验市, en: Testing}\n", "" },
      "city.yaml:1: city.yaml lacks the key 'name'; expected 'name: …'\n" },
    /* kinds of places, siblings together, waiting lists, audit */
    { { PRIMARY, "  class_size: 45\n",
        "  class_size: 45\n"
        "kinds:\n"
        "  - schools: publik\n"
        "    filled:\n"
        "      - {id: away, name: {zh: 随迁, en: Away}, share: 2, least: 1, whom: first, when: [residence_permit], "
        "order: priority}\n"
        "      - {id: open, name: {zh: 其余, en: Open}, whom: all, order: priority}\n" },
      "admission/990101-primary.yaml:67: schools is 'publik'; expected 'public'\n" },
    { { PRIMARY, "  class_size: 45\n",
        "  class_size: 45\n"
        "kinds:\n"
        "  - schools: public\n"
        "    filled:\n"
        "      - {id: away, name: {zh: 随迁, en: Away}, places: 1, share: 2, whom: first, when: [residence_permit], "
        "order: priority}\n"
        "      - {id: open, name: {zh: 其余, en: Open}, whom: all, order: priority}\n" },
      "admission/990101-primary.yaml:69: places and share stand both here; expected one of the two\n" },
    { { PRIMARY, "  class_size: 45\n",
        "  class_size: 45\n"
        "kinds:\n"
        "  - schools: public\n"
        "    filled:\n"
        "      - {id: away, name: {zh: 随迁, en: Away}, places: 1, least: 1, whom: first, when: [residence_permit], "
        "order: priority}\n"
        "      - {id: open, name: {zh: 其余, en: Open}, whom: all, order: priority}\n" },
      "admission/990101-primary.yaml:69: least stands here without share; expected both or neither\n" },
    { { PRIMARY, "  class_size: 45\n",
        "  class_size: 45\n"
        "kinds:\n"
        "  - schools: public\n"
        "    filled:\n"
        "      - {id: away, name: {zh: 随迁, en: Away}, whom: first, when: [residence_permit], order: priority}\n"
        "      - {id: open, name: {zh: 其余, en: Open}, whom: all, order: priority}\n" },
      "admission/990101-primary.yaml:69: a kind without places and share is the rest of the plan; expected 'whom: "
      "all'\n" },
    { { PRIMARY, "  class_size: 45\n",
        "  class_size: 45\n"
        "kinds:\n"
        "  - schools: public\n"
        "    filled:\n"
        "      - {id: away, name: {zh: 随迁, en: Away}, share: 2, least: 1, whom: first, order: priority}\n"
        "      - {id: open, name: {zh: 其余, en: Open}, whom: all, order: priority}\n" },
      "admission/990101-primary.yaml:69: whom is 'first'; expected 'when: …', who belongs to the group\n" },
    { { PRIMARY, "  class_size: 45\n",
        "  class_size: 45\n"
        "kinds:\n"
        "  - schools: public\n"
        "    filled:\n"
        "      - {id: away, name: {zh: 随迁, en: Away}, share: 2, least: 1, whom: first, when: [residence_permit], "
        "order: priority}\n"
        "      - {id: open, name: {zh: 其余, en: Open}, places: 9, whom: all, order: priority}\n" },
      "admission/990101-primary.yaml:69: filled has 0 kinds without places and share; expected exactly one: the rest "
      "of the plan\n" },
    { { PRIMARY, "  class_size: 45\n",
        "  class_size: 45\n"
        "kinds:\n"
        "  - schools: public\n"
        "    filled:\n"
        "      - {id: away, name: {zh: 随迁, en: Away}, share: 2, least: 1, whom: first, when: [residence_permit], "
        "order: priority}\n"
        "      - {id: away, name: {zh: 其余, en: Open}, whom: all, order: priority}\n" },
      "admission/990101-primary.yaml:70: 'away' stands twice; expected an id of its own\n" },
    { { PRIMARY, "  class_size: 45\n",
        "  class_size: 45\n"
        "kinds:\n"
        "  - schools: public\n"
        "    filled:\n"
        "      - {id: away, name: {zh: 随迁, en: Away}, share: 2, least: 1, whom: first, when: [owns_all, owns_part], "
        "order: priority}\n"
        "      - {id: open, name: {zh: 其余, en: Open}, whom: all, order: priority}\n" },
      "admission/990101-primary.yaml:67: no child can be in 'away': who fits it fits an earlier one; expected a "
      "condition that some child meets\n" },
    { { PRIMARY, "  class_size: 45\n",
        "  class_size: 45\n"
        "kinds:\n"
        "  - schools: public\n"
        "    filled:\n"
        "      - {id: away, name: {zh: 随迁, en: Away}, share: 2, least: 1, whom: first, when: [disability], order: "
        "priority}\n"
        "      - {id: open, name: {zh: 其余, en: Open}, whom: all, order: priority}\n" },
      "admission/990101-primary.yaml:67: 'away' relies on 'disability', which no check of the categories confirms; "
      "expected one that does\n" },
    { { PRIMARY, "sibling: follow\n", "sibling: follow\ntogether: ad\n" },
      "admission/990101-primary.yaml:59: together is 'ad'; expected 'add'\n" },
    { { PRIMARY, "mechanism: serial\n", "mechanism: cycles\ntogether: fit\n" },
      "admission/990101-primary.yaml:6: mechanism is cycles, but the policy has kinds or together; expected neither: "
      "cycles know one kind of place and one child a draw number\n" },
    { { PRIMARY, "  class_size: 45\n", "  class_size: 45\nwaiting: {who: some, lots: same}\n" },
      "admission/990101-primary.yaml:66: who is 'some'; expected one of: all, unplaced\n" },
    { { PRIMARY, "  class_size: 45\n", "  class_size: 45\naudit: {files: 0}\n" },
      "admission/990101-primary.yaml:66: files is '0'; expected a whole number from 1 to 10000\n" },
    { { PRIMARY, "  open: [public]\n", "  open: [public]\n  neighbours: -1\n" },
      "admission/990101-primary.yaml:64: neighbours is '-1'; expected a whole number from 0 to 1000\n" },

    /* the base map */
    { { CITY, "purposes:\n",
        "map: {tiles: \"http://x.cn/{z}/{x}/{y}\", frame: cgcs2000, attribution: {zh: 图, en: Map}}\npurposes:\n" },
      "city.yaml:79: tiles is 'http://x.cn/{z}/{x}/{y}'; expected https://, a host, and {z}, {x}, {y}\n" },
    { { CITY, "purposes:\n",
        "map: {tiles: \"https://x.cn;script-src/{z}/{x}/{y}\", frame: gcj02, attribution: {zh: 图, en: "
        "Map}}\npurposes:\n" },
      "city.yaml:79: tiles is 'https://x.cn;script-src/{z}/{x}/{y}'; expected https://, a host, and {z}, {x}, {y}\n" },
    { { CITY, "purposes:\n",
        "map: {tiles: \"https://x.cn/{z}/{x}\", frame: gcj02, attribution: {zh: 图, en: Map}}\npurposes:\n" },
      "city.yaml:79: tiles is 'https://x.cn/{z}/{x}'; expected https://, a host, and {z}, {x}, {y}\n" },
};

#endif
