//! A font whose Persian can be found again in a PDF.
//!
//! A PDF says of each glyph which characters it stands for. Of a glyph that stands for several, readers put them together as if
//! they ran from left to right: «لاله» is found as «الله», and «علی‌اکبر», whose half-space was counted to the letter beside
//! it, not at all. So the font is told to draw the same with a glyph for each character: of lam and alef the alef becomes the
//! ligature and the lam nothing that is seen, and the half-space stays a glyph of its own. The word of God's name is written
//! letter by letter, as it is typed.
//!
//! What is changed is the table of substitutions (`GSUB`): its ligature lookups become reverse chaining ones, which are the
//! only ones that substitute one glyph beside others without a lookup more.

use typst::{
    foundations::Bytes,
    layout::Abs,
    text::{Font, FontVariant, FontVariations},
};

/// The half-space; shapers drop what is not seen, unless a lookup made it.
const HALF_SPACE: char = '\u{200C}';
/// A character whose glyph is empty and as wide as nothing, and that no text has: normalised text has no bidi controls.
const NOTHING: char = '\u{202A}';
/// God's name as one glyph.
const ALLAH: char = '\u{FDF2}';

const LIGATURES: u16 = 4;
const REVERSE_CHAINING: u16 = 8;
/// A lookup that reads from right to left, and over marks: what joins letters.
const JOINS_LETTERS: u16 = 0b1001;
/// A glyph that no font has.
const NONE: u16 = 0xFFFF;

/// The font file with its table changed; as it was, where it is not of that family or not made as we know it.
pub(super) fn searchable(file: Vec<u8>, family: &str) -> Vec<u8> {
    let bytes = Bytes::new(file.clone());
    let Some(font) = Font::new(bytes, 0).filter(|font| font.info().family == family) else { return file };
    let face = font.instantiate(FontVariant::default(), Abs::pt(10.0), &FontVariations::default());
    let glyph = |c| face.ttf().glyph_index(c).map(|glyph| glyph.0);
    let changed = (|| {
        let glyphs = Glyphs { half_space: glyph(HALF_SPACE)?, nothing: glyph(NOTHING)?, allah: glyph(ALLAH) };
        with_table(&file, *b"GSUB", |table| rewritten(table, glyphs))
    })();
    changed.unwrap_or(file)
}

#[derive(Clone, Copy, Debug)]
struct Glyphs {
    half_space: u16,
    nothing: u16,
    allah: Option<u16>,
}

/// A ligature: what it is made of, what it becomes, and where the table says so.
#[derive(Debug)]
struct Ligature {
    parts: Vec<u16>,
    becomes: u16,
    at: usize,
}

/// The font with a table as `change` makes it, put at its end.
fn with_table(font: &[u8], tag: [u8; 4], change: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    let records = usize::from(number(font, 4)?);
    let record = (0..records).map(|k| 12 + 16 * k).find(|&at| font.get(at..at + 4) == Some(&tag[..]))?;
    let long = |at: usize| Some(usize::from(number(font, at)?) << 16 | usize::from(number(font, at + 2)?));
    let (offset, length) = (long(record + 8)?, long(record + 12)?);
    let table = change(font.get(offset..offset.checked_add(length)?)?)?;
    let mut made = font.to_vec();
    made.resize(made.len().next_multiple_of(4), 0);
    let at = u32::try_from(made.len()).ok()?;
    made[record + 8..record + 12].copy_from_slice(&at.to_be_bytes());
    made[record + 12..record + 16].copy_from_slice(&u32::try_from(table.len()).ok()?.to_be_bytes());
    made.extend(table);
    Some(made)
}

/// The table of substitutions with a glyph for each character.
fn rewritten(table: &[u8], glyphs: Glyphs) -> Option<Vec<u8>> {
    let list = usize::from(number(table, 8)?);
    let mut made = table.to_vec();
    let mut first = true;
    for k in 0..usize::from(number(table, list)?) {
        let entry = list + 2 + 2 * k;
        let lookup = list + usize::from(number(table, entry)?);
        if number(table, lookup)? != LIGATURES {
            continue;
        }
        let (flag, ligatures) = (number(table, lookup + 2)?, ligatures(table, lookup)?);
        if flag & JOINS_LETTERS != JOINS_LETTERS {
            for ligature in ligatures.iter().filter(|ligature| Some(ligature.becomes) == glyphs.allah) {
                put(&mut made, ligature.at + 4, NONE)?;
            }
            continue;
        }
        let mut subtables: Vec<Vec<u8>> =
            ligatures.iter().flat_map(|ligature| one_by_one(ligature, glyphs.nothing)).collect();
        if first {
            subtables.push(reverse_chaining(glyphs.half_space, &[], &[], glyphs.half_space));
            first = false;
        }
        let at = u16::try_from(made.len() - list).ok()?;
        put(&mut made, entry, at)?;
        let mut offset = 6 + 2 * subtables.len();
        for word in [REVERSE_CHAINING, flag, u16::try_from(subtables.len()).ok()?] {
            made.extend(word.to_be_bytes());
        }
        for subtable in &subtables {
            made.extend(u16::try_from(offset).ok()?.to_be_bytes());
            offset += subtable.len();
        }
        made.extend(subtables.concat());
    }
    (!first).then_some(made)
}

/// A ligature, glyph by glyph: they are substituted from the last to the first. The last becomes the ligature where the others
/// are before it, and each of them nothing where that has happened.
fn one_by_one(Ligature { parts, becomes, .. }: &Ligature, nothing: u16) -> Vec<Vec<u8>> {
    let Some((&last, before)) = parts.split_last() else { return Vec::new() };
    let backwards: Vec<u16> = before.iter().rev().copied().collect();
    let mut subtables = vec![reverse_chaining(last, &backwards, &[], *becomes)];
    for (k, &glyph) in backwards.iter().enumerate() {
        let mut after = vec![nothing; k];
        after.push(*becomes);
        subtables.push(reverse_chaining(glyph, &[], &after, nothing));
    }
    subtables
}

/// A subtable that makes `glyph` `becomes` after and before these; what is before is named backwards.
fn reverse_chaining(glyph: u16, before: &[u16], after: &[u16], becomes: u16) -> Vec<u8> {
    let covered: Vec<u16> = [glyph].iter().chain(before).chain(after).copied().collect();
    let head = 12 + 2 * (before.len() + after.len());
    // Each coverage is three words: its format, one glyph, and which.
    let coverage = |k: usize| (head + 6 * k) as u16;
    let mut words = vec![1, coverage(0), before.len() as u16];
    words.extend((1..=before.len()).map(coverage));
    words.push(after.len() as u16);
    words.extend((before.len() + 1..covered.len()).map(coverage));
    words.extend([1, becomes]);
    words.extend(covered.into_iter().flat_map(|glyph| [1, 1, glyph]));
    words.into_iter().flat_map(u16::to_be_bytes).collect()
}

/// All ligatures of a lookup.
fn ligatures(table: &[u8], lookup: usize) -> Option<Vec<Ligature>> {
    let mut all = Vec::new();
    for s in 0..usize::from(number(table, lookup + 4)?) {
        let subtable = lookup + usize::from(number(table, lookup + 6 + 2 * s)?);
        let firsts = covered(table, subtable + usize::from(number(table, subtable + 2)?))?;
        for (k, first) in firsts.into_iter().enumerate() {
            let set = subtable + usize::from(number(table, subtable + 6 + 2 * k)?);
            for l in 0..usize::from(number(table, set)?) {
                let at = set + usize::from(number(table, set + 2 + 2 * l)?);
                let mut parts = vec![first];
                for part in 1..usize::from(number(table, at + 2)?) {
                    parts.push(number(table, at + 2 + 2 * part)?);
                }
                all.push(Ligature { parts, becomes: number(table, at)?, at });
            }
        }
    }
    Some(all)
}

/// The glyphs that a coverage table names.
fn covered(table: &[u8], at: usize) -> Option<Vec<u16>> {
    let count = usize::from(number(table, at + 2)?);
    if number(table, at)? == 1 {
        return (0..count).map(|k| number(table, at + 4 + 2 * k)).collect();
    }
    let mut all = Vec::new();
    for k in 0..count {
        let range = at + 4 + 6 * k;
        all.extend(number(table, range)?..=number(table, range + 2)?);
    }
    Some(all)
}

fn number(bytes: &[u8], at: usize) -> Option<u16> {
    let pair = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes([pair[0], pair[1]]))
}

fn put(bytes: &mut [u8], at: usize, number: u16) -> Option<()> {
    bytes.get_mut(at..at + 2)?.copy_from_slice(&number.to_be_bytes());
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(bytes: &[u8]) -> Vec<u16> {
        bytes.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
    }

    #[test]
    fn the_last_glyph_becomes_the_ligature_and_what_is_before_it_nothing() {
        let ligature = Ligature { parts: vec![5, 7], becomes: 9, at: 0 };
        let subtables: Vec<_> = one_by_one(&ligature, 3).iter().map(|bytes| words(bytes)).collect();
        assert_eq!(
            subtables,
            [
                // Format, coverage of 7, one before it (5), none after it, one substitute: 9.
                vec![1, 14, 1, 20, 0, 1, 9, 1, 1, 7, 1, 1, 5],
                // Format, coverage of 5, none before it, one after it (9), one substitute: 3.
                vec![1, 14, 0, 1, 20, 1, 3, 1, 1, 5, 1, 1, 9],
            ]
        );
    }

    #[test]
    fn what_is_no_font_and_what_is_cut_off_stays_as_it_was() {
        assert_eq!(searchable(b"no font".to_vec(), "Vazirmatn"), b"no font");
        let glyphs = Glyphs { half_space: 1, nothing: 2, allah: None };
        // A list of one lookup, of ligatures, whose subtable lies beyond the end.
        let table: Vec<u8> =
            [0, 1, 0, 0, 10, 1, 4, 4, 9, 1, 999].into_iter().flat_map(u16::to_be_bytes).collect();
        for end in 0..=table.len() {
            assert_eq!(rewritten(&table[..end], glyphs), None);
        }
    }
}
