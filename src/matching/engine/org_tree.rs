//! The reporting tree of the synthetic organisation, breadth first, each manager with 4 to 12 reports.

use super::{profile::Span, random::Random};

/// One person in the tree.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub number: usize,
    /// Always an earlier node. `None`: the top.
    pub manager: Option<usize>,
    pub depth: u32,
    pub is_leaf: bool,
    pub span: Span,
}

/// A tree of `size` people, managers before their reports.
pub(super) fn tree(size: usize, random: &mut Random) -> Vec<Node> {
    let mut nodes: Vec<Node> = Vec::with_capacity(size);
    nodes.extend((size > 0).then(|| Node::under(None, 0, 0)));
    let mut at = 0;
    while nodes.len() < size {
        // Below the third rank about one person in five is a manager. The last node must be one, or the tree would end.
        if nodes[at].depth < 3 || at + 1 == nodes.len() || random.percent(22) {
            let (depth, reports) = (nodes[at].depth + 1, 4 + random.index(9));
            nodes[at].is_leaf = false;
            for number in nodes.len()..(nodes.len() + reports).min(size) {
                nodes.push(Node::under(Some(at), number, depth));
            }
        }
        at += 1;
    }
    number_spans(&mut nodes);
    nodes
}

impl Node {
    const fn under(manager: Option<usize>, number: usize, depth: u32) -> Self {
        Self { number, manager, depth, is_leaf: true, span: Span { enters: 0, leaves: 1 } }
    }
}

/// Computes the spans: first the size of each subtree, from the last node to the first, then a start for each node
/// after its earlier siblings.
fn number_spans(nodes: &mut [Node]) {
    let mut sizes = vec![1_u32; nodes.len()];
    for (i, node) in nodes.iter().enumerate().rev() {
        if let Some(manager) = node.manager {
            sizes[manager] += sizes[i];
        }
    }
    let mut next = vec![1_u32; nodes.len()];
    for i in 0..nodes.len() {
        let enters = nodes[i].manager.map_or(0, |manager| {
            let enters = next[manager];
            next[manager] += sizes[i];
            enters
        });
        next[i] = enters + 1;
        nodes[i].span = Span { enters, leaves: enters + sizes[i] };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_holds_exactly_those_below() {
        let nodes = tree(300, &mut Random::new(5));
        for node in &nodes {
            let mut above = vec![];
            let mut at = Some(node.number);
            while let Some(i) = at {
                above.push(i);
                at = nodes[i].manager;
            }
            let holding: Vec<_> = nodes.iter().filter(|n| n.span.holds(node.span)).map(|n| n.number).collect();
            above.sort_unstable();
            assert_eq!(holding, above);
        }
    }
}
