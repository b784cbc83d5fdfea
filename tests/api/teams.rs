//! Teams, skills, career ladders and service accounts.
