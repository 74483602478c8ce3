//! Numbers out of runs.

/// The middle of what was measured, and its ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
    pub(crate) count: usize,
}

impl Summary {
    /// `None` where nothing was measured.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (least, most) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median =
            if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) };
        Some(Self { median, least, most, count: values.len() })
    }
}

/// The middle of what was measured, and where the middle of all that could be measured is, with 95 % confidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Interval {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) count: usize,
}

impl Interval {
    /// `None` where nothing was measured.
    ///
    /// The ends are values that were measured: as many are left out at both sides as leave 95 % whatever the values'
    /// distribution is. With fewer than six values none can be left out, and the confidence is less.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let Summary { median, count, .. } = Summary::of(values.iter().copied())?;
        let aside = left_out(count);
        Some(Self { median, low: values[aside], high: values[count - 1 - aside], count })
    }
}

/// How many of so many values may be left out at each side: each lies on one side of the middle or the other as a coin
/// falls.
fn left_out(count: usize) -> usize {
    const EACH_SIDE: f64 = 0.025;
    let coins = i32::try_from(count).unwrap_or(i32::MAX);
    // Of so many coins none shows heads, then one, and so on.
    let mut chance = 0.5_f64.powi(coins);
    let mut sum = chance;
    let mut aside: u32 = 0;
    while sum <= EACH_SIDE && f64::from(aside) * 2.0 < f64::from(coins) {
        aside += 1;
        chance *= f64::from(coins - i32::try_from(aside).unwrap_or(coins) + 1) / f64::from(aside);
        sum += chance;
    }
    // The value at this place is the first that is kept.
    (aside as usize).saturating_sub(1)
}

/// The order of a round: each round begins with the next one, so that nobody always follows the same neighbour first.
pub(crate) fn rotated(count: usize, round: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |index| (index + round) % count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(Summary::of([]), None);
        assert_eq!(Summary::of([3.0, 1.0, 2.0]), Some(Summary { median: 2.0, least: 1.0, most: 3.0, count: 3 }));
        assert_eq!(Summary::of([4.0, 1.0]), Some(Summary { median: 2.5, least: 1.0, most: 4.0, count: 2 }));
    }

    #[test]
    fn an_interval_leaves_out_what_95_percent_can_spare() {
        assert_eq!(Interval::of([]), None);
        let of = |count: u32| Interval::of((1..=count).map(f64::from)).map(|it| (it.low, it.high)).unwrap();
        // As in every table of the sign test.
        assert_eq!([of(1), of(5), of(6), of(8)], [(1.0, 1.0), (1.0, 5.0), (1.0, 6.0), (1.0, 8.0)]);
        assert_eq!([of(9), of(12), of(20), of(40)], [(2.0, 8.0), (3.0, 10.0), (6.0, 15.0), (14.0, 27.0)]);
    }

    #[test]
    fn each_round_has_everybody_once_and_begins_with_another() {
        let order = |round| rotated(3, round).collect::<Vec<_>>();
        assert_eq!([order(0), order(1), order(2), order(3)], [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 1, 2]]);
        assert_eq!(rotated(0, 5).count(), 0);
    }
}
