//! The message of a mentor request. The request and the invitation both contain it.

use crate::ids::MentorRequestId;
use crate::policy::places;
use crate::text::Text;

// About the mentee and erased with the mentee: sealed with the key of the mentee.
places! {
    /// Message of the mentee to the invited mentors.
    MentorRequestMessage = mentor_requests.message of MentorRequestId, OfPerson: Private Text;
}
