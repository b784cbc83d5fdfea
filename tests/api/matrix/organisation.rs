//! The rows of what changes the organisation, its people and programs.

use super::table::Row;

#[rustfmt::skip]
pub const ORGANISATION: &[Row] = &[
    //  operation, target, body; answers to: mentor mentee manager lead admin other_lead colleague other_mentee,
    //  no_scope people_read people_write hris programs_read pairs_read outcomes_read all_scopes
    Row("create_department",         "",             r#"{"name": "Sales {who}"}"#,                                                                    "3333k333", "333k333k"),
    Row("change_department",         "department",   r#"{"name": "Engineering and {who}"}"#,                                                          "3333k333", "333k333k"),
    Row("delete_department",         "fresh",        "",                                                                                              "3333k333", "333k333k"),
    Row("create_team",               "",             r#"{"name": "Team of {who}"}"#,                                                                  "3333k333", "333k333k"),
    Row("change_team",               "team",         r#"{"name": "Platform and {who}"}"#,                                                             "3333k333", "333k333k"),
    Row("delete_team",               "fresh",        "",                                                                                              "3333k333", "333k333k"),
    Row("create_skill",              "",             r#"{"name": "Skill of {who}"}"#,                                                                 "3333k333", "333k333k"),
    Row("change_skill",              "hiring",       r#"{"synonyms": ["Recruiting"]}"#,                                                               "3333k333", "333k333k"),
    Row("delete_skill",              "fresh",        "",                                                                                              "3333k333", "3333333k"),
    Row("delete_skill",              "talks",        "",                                                                                              "3333k333", "3333333k"),
    Row("create_career_ladder",      "",             r#"{"name": "Ladder of {who}", "track": "management"}"#,                                         "3333k333", "333k333k"),
    Row("change_career_ladder",      "ladder",       r#"{"track": "management"}"#,                                                                    "3333k333", "333k333k"),
    Row("delete_career_ladder",      "fresh",        "",                                                                                              "3333k333", "3333333k"),
    Row("delete_career_ladder",      "ladder",       "",                                                                                              "3333k333", "3333333k"),
    Row("create_ladder_role",        "ladder",       r#"{"name": "Role of {who}", "level": 9}"#,                                                      "3333k333", "333k333k"),
    Row("change_ladder_role",        "dream",        r#"{"level": 8}"#,                                                                               "3333k333", "333k333k"),
    Row("delete_ladder_role",        "fresh",        "",                                                                                              "3333k333", "3333333k"),
    Row("delete_ladder_role",        "senior",       "",                                                                                              "3333k333", "3333333k"),
    Row("create_person",             "",             r#"{"name": "New", "email": "new-{who}@example.com"}"#,                                          "3333k333", "333k333k"),
    Row("change_person",             "mentee",       r#"{"title": "Engineer"}"#,                                                                      "3333k333", "434k444k"),
    Row("put_person_by_external_id", "put-{who}",    r#"{"name": "Put", "email": "put-{who}@example.com"}"#,                                          "3333k333", "333k333k"),
    Row("put_person_by_external_id", "hr-colleague", r#"{"name": "The colleague", "email": "colleague@example.com"}"#,                                "3333k333", "333k333k"),
    Row("create_service_account",    "",             r#"{"name": "Account of {who}", "scopes": ["pairs:read"]}"#,                                     "3333k333", "33333333"),
    Row("change_service_account",    "hris",         r#"{"name": "HRIS"}"#,                                                                           "4444k444", "44444444"),
    Row("change_profile",            "mentee",       r#"{"bio": "I ask"}"#,                                                                           "3k333333", "43434443"),
    Row("change_profile",            "mentor",       r#"{"bio": "I answer"}"#,                                                                        "k3333333", "43434443"),
    Row("put_needs",                 "mentee",       r#"{"needs": [{"skill_id": "{talks}", "priority": 3, "current_level": 0, "target_level": 4}]}"#, "3k333333", "43434443"),
    Row("put_skills",                "mentee",       r#"{"skills": [{"skill_id": "{rust}", "level": 5}]}"#,                                           "3k333333", "43434443"),
    Row("put_block",                 "guide",        "",                                                                                              "kkkkkkkk", "33333333"),
    Row("delete_block",              "fresh",        "",                                                                                              "kkkkkkkk", "44444444"),
    Row("create_program",            "",             r#"{"name": "Program of {who}"}"#,                                                               "3333k333", "33333333"),
    Row("change_program",            "program",      r#"{"objectives": "To grow"}"#,                                                                  "333kk333", "44443443"),
    Row("put_coordinators",          "program",      r#"{"coordinator_ids": ["{lead}"]}"#,                                                            "3333k333", "33333333"),
    Row("advance_program",           "program",      "{}",                                                                                            "333kk333", "44443443"),
];
