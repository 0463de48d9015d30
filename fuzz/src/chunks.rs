//! The answer does not depend on the chunks in which a file comes, and what is
//! settled stays so.

use session_recovery::count::{Count, Counter, Defect};

/// Files up to this length are cut in two at every position.
const CUT_EVERYWHERE: usize = 96;

/// Each way to cut the file gives this answer.
pub fn agree(file: &[u8], answer: &Result<Count, Defect>) {
    fed(file.chunks(1), file, answer);
    fed(irregular(file), file, answer);
    if file.len() <= CUT_EVERYWHERE {
        for at in 0..=file.len() {
            let (start, end) = file.split_at(at);
            fed([start, end], file, answer);
        }
    }
}

/// Chunks as long as the first byte of each says, some of them empty.
fn irregular(file: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = file;
    let mut was_empty = false;
    std::iter::from_fn(move || {
        let first = usize::from(*rest.first()?);
        let wanted = (first % 40).max(usize::from(was_empty));
        let (chunk, after) = rest.split_at(wanted.min(rest.len()));
        was_empty = chunk.is_empty();
        rest = after;
        Some(chunk)
    })
}

fn fed<'a>(
    chunks: impl IntoIterator<Item = &'a [u8]>,
    file: &[u8],
    answer: &Result<Count, Defect>,
) {
    let mut counter = Counter::default();
    let mut settled = false;
    for chunk in chunks {
        counter.feed(chunk);
        let still = counter.is_settled();
        assert!(
            still || !settled,
            "settled no more: {}",
            file.escape_ascii()
        );
        settled = still;
    }
    assert!(
        answer.is_err() || !settled,
        "a session that is settled as none: {}",
        file.escape_ascii()
    );
    assert_eq!(counter.fed(), file.len() as u64);
    let in_chunks = counter.finish();
    assert_eq!(&in_chunks, answer, "in chunks: {}", file.escape_ascii());
}
