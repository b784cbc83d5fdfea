//! The people of the demo: the same 120 on every run.

/// Name of the company.
pub const COMPANY: &str = "Birchwood";

/// Departments with their teams.
pub const DEPARTMENTS: [(&str, [&str; 3]); 4] = [
    ("Engineering", ["Platform", "Payments", "Data"]),
    ("Product", ["Growth", "Design", "Research"]),
    ("Customers", ["Sales", "Success", "Marketing"]),
    ("Operations", ["People", "Finance", "Legal"]),
];

/// A career ladder: name, track, roles with their levels.
pub type Ladder = (&'static str, &'static str, &'static [(&'static str, i64)]);

/// The three ladders.
pub const LADDERS: [Ladder; 3] = [
    (
        "Engineering",
        "individual",
        &[
            ("Junior Engineer", 2),
            ("Engineer", 3),
            ("Senior Engineer", 5),
            ("Staff Engineer", 7),
            ("Principal Engineer", 9),
        ],
    ),
    (
        "Business",
        "individual",
        &[("Associate", 2), ("Specialist", 3), ("Senior Specialist", 5), ("Lead Specialist", 7), ("Principal", 9)],
    ),
    ("Management", "management", &[("Team Lead", 6), ("Director", 8), ("Vice President", 10), ("Chief Executive", 12)]),
];

/// Forty skills, four for each line of work, some with synonyms.
pub const SKILLS: [(&str, &[&str]); 40] = [
    ("Rust", &["rustlang"]),
    ("PostgreSQL", &["postgres"]),
    ("System design", &["architecture"]),
    ("Code review", &[]),
    ("Incident response", &["on-call"]),
    ("Testing", &["QA"]),
    ("Observability", &["monitoring"]),
    ("Security", &["appsec"]),
    ("Machine learning", &["ML"]),
    ("Data modelling", &["data modeling"]),
    ("Statistics", &[]),
    ("SQL", &[]),
    ("Product discovery", &[]),
    ("Roadmapping", &["road maps"]),
    ("User research", &["UX research"]),
    ("Interaction design", &["UX design"]),
    ("Accessibility", &["a11y"]),
    ("Prototyping", &[]),
    ("Writing", &["technical writing"]),
    ("Pricing", &[]),
    ("Negotiation", &[]),
    ("Account management", &[]),
    ("Public speaking", &["presenting"]),
    ("Storytelling", &[]),
    ("Customer interviews", &[]),
    ("Campaign planning", &[]),
    ("Forecasting", &[]),
    ("Budgeting", &[]),
    ("Contract law", &[]),
    ("Privacy law", &["GDPR"]),
    ("Recruiting", &["hiring"]),
    ("Onboarding", &[]),
    ("Feedback", &["giving feedback"]),
    ("Coaching", &[]),
    ("Delegation", &[]),
    ("Conflict resolution", &["mediation"]),
    ("Facilitation", &["moderation"]),
    ("Prioritisation", &["prioritization"]),
    ("Stakeholder management", &[]),
    ("Remote work", &["distributed teams"]),
];

/// First names.
pub const FIRST_NAMES: [&str; 60] = [
    "Ada", "Mira", "Jonas", "Lena", "Tariq", "Yuki", "Ines", "Mateo", "Priya", "Noah", "Zoe", "Emil", "Amara", "Felix",
    "Sofia", "Ravi", "Clara", "Oscar", "Leila", "Hugo", "Nora", "Kofi", "Eva", "Luca", "Aisha", "Max", "Freya",
    "Diego", "Hana", "Paul", "Maya", "Arun", "Elin", "Samir", "Rosa", "Theo", "Dana", "Ivan", "Lucia", "Owen", "Tess",
    "Milan", "Farah", "Jakob", "Anouk", "Femi", "Greta", "Kenji", "Olga", "Rafael", "Salma", "Tom", "Uma", "Viktor",
    "Wanda", "Xavier", "Yara", "Zane", "Bela", "Carlo",
];

/// Last names. Their number has no common divisor with that of first names, so no full name comes twice.
pub const LAST_NAMES: [&str; 31] = [
    "Okafor",
    "Lindqvist",
    "Meyer",
    "Tanaka",
    "Rossi",
    "Novak",
    "Haddad",
    "Silva",
    "Kaur",
    "Berg",
    "Dubois",
    "Mensah",
    "Ivanova",
    "Costa",
    "Fischer",
    "Nguyen",
    "Larsen",
    "Romero",
    "Schmidt",
    "Ortiz",
    "Papadopoulos",
    "Kowalski",
    "Ali",
    "Jensen",
    "Moreau",
    "Sato",
    "Weber",
    "Castillo",
    "Bauer",
    "Horvat",
    "Quinn",
];

/// Places of work, each with its time zone and a second language.
pub const PLACES: [(&str, &str, &str); 5] = [
    ("Zurich", "Europe/Zurich", "de"),
    ("Lisbon", "Europe/Lisbon", "pt"),
    ("London", "Europe/London", "fr"),
    ("New York", "America/New_York", "es"),
    ("Bangalore", "Asia/Kolkata", "hi"),
];

/// Texts for `bio`.
pub const BIOS: [&str; 6] = [
    "Came here for the problems and stayed for the people.",
    "Changed careers at thirty and would do it again.",
    "Likes small steps, honest talk and long walks.",
    "Has broken production twice and written about both.",
    "Believes that most meetings want to be a page of text.",
    "Learnt most from those who disagreed kindly.",
];

/// Texts for `career_goals`.
pub const CAREER_GOALS: [&str; 5] = [
    "Lead a project across two teams by the end of next year.",
    "Find out whether managing people is for me.",
    "Become the person others ask about my field.",
    "Speak in front of the whole company without dreading it.",
    "Move towards product work without starting from zero.",
];

/// The work of a pair: focus, objective, measure of success, and one key result with start and target.
pub type Focus = (&'static str, &'static str, &'static str, (&'static str, i64, i64));

/// The work of all pairs, in turn.
pub const FOCI: [Focus; 6] = [
    (
        "Leading without authority",
        "Lead the onboarding project across two teams",
        "Both teams ship on the plan that the mentee wrote",
        ("Milestones delivered", 0, 4),
    ),
    (
        "From senior to staff",
        "Own one system design from question to retrospective",
        "Reviewed by two staff engineers, built, and written up",
        ("Design reviews held", 0, 3),
    ),
    (
        "Speaking up",
        "Give four talks to more than twenty people each",
        "Each talk has feedback from three listeners",
        ("Talks given", 0, 4),
    ),
    (
        "Finding the way here",
        "Know who decides what, and meet them",
        "A map of twelve people, each met once",
        ("People met", 0, 12),
    ),
    (
        "Numbers for decisions",
        "Make the weekly forecast right within ten per cent",
        "Eight weeks in a row",
        ("Forecast error in per cent", 30, 10),
    ),
    (
        "Hard conversations",
        "Give written feedback to every report each month",
        "Six people, three months, all answered",
        ("Feedback given", 0, 18),
    ),
];
