//! A world that tells too much, cut down to what is needed for it, and told in words.

use std::fmt::{self, Display, Formatter};

use super::ground::{Ground, Happening, Said, Step, World};
use crate::harness::Heard;

/// A world whose viewer can tell its sides apart.
#[derive(Debug)]
pub struct Found {
    pub world: World,
    /// What the viewer heard on either side.
    pub heard: [Vec<Heard>; 2],
}

impl Ground<'_> {
    /// Leaves out whatever the viewer does not need to tell the sides apart: half of it at once, then less.
    pub async fn shrink(&self, mut found: Found) -> Found {
        let mut size = found.world.steps.len().div_ceil(2);
        loop {
            let before = found.world.steps.len();
            let mut end = before;
            while end > 0 {
                let begin = end.saturating_sub(size);
                let mut world = found.world.clone();
                world.steps.drain(begin..end);
                let heard = [self.play(&world, 0).await, self.play(&world, 1).await];
                if heard[0] != heard[1] {
                    found = Found { world, heard };
                }
                end = begin;
            }
            if size == 1 && found.world.steps.len() == before {
                return found;
            }
            size = size.div_ceil(2);
        }
    }
}

impl Display for Found {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.world)?;
        let [first, second] = &self.heard;
        let difference = (0..first.len().max(second.len())).find(|place| first.get(*place) != second.get(*place));
        let place = difference.expect("a difference");
        let [left, right] = [first, second].map(|heard| heard.get(place).map_or("Nothing more.".to_owned(), told));
        write!(f, "\nThe first world answers:\n{left}\n\nThe second:\n{right}")
    }
}

impl Display for World {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} tells two worlds apart:", self.viewer)?;
        for step in &self.steps {
            match step {
                Step::Hidden(happening) => tell(f, happening)?,
                Step::Asked(request) => {
                    let body = request.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
                    let (method, path) = (request.method.to_uppercase(), &request.path);
                    writeln!(f, "  {} asks: {method} {path} {body} {:?}", self.viewer, request.headers)?;
                }
                Step::Worked(work) => writeln!(f, "  {} hours later background jobs run", work.jump_hours)?,
            }
        }
        Ok(())
    }
}

fn tell(f: &mut Formatter<'_>, Happening { act, sides }: &Happening) -> fmt::Result {
    for (side, said) in ["first", "second"].into_iter().zip(sides) {
        if let Some(Said { actor, words, key, .. }) = said {
            let (method, body) = (act.method.to_uppercase(), act.body.to_string().replace("{words}", words));
            let key = key.as_ref().map_or(String::new(), |key| format!(" with Idempotency-Key {key:?}"));
            writeln!(f, "  in the {side} world {actor}: {method} {} {body}{key}", act.path)?;
        }
    }
    Ok(())
}

/// An answer as it came.
pub fn told(answer: &Heard) -> String {
    let headers: Vec<_> = answer.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    format!("{} {}\n\n{}", answer.status, headers.join("\n"), String::from_utf8_lossy(&answer.body))
}
