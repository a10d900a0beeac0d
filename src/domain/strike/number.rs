//! Everything of the shape of a phone number, a bank account, a card or a wallet. Years, dates, amounts, versions and
//! counts are none.

use super::Reason;
use super::find::Found;
use super::read::Reading;

/// Finds numbers.
pub(super) fn find(reading: &Reading, found: &mut Vec<Found>) {
    let mut place = 0;
    while place < reading.len() {
        let c = reading.at(place);
        let begins = !reading.behind(place).is_alphanumeric();
        if !begins || !(c.is_alphanumeric() || c == '+' || c == '(') {
            place += 1;
            continue;
        }
        let account = international(reading, place)
            .or_else(|| wallet(reading, place))
            .or_else(|| introduced(reading, place))
            .map(|end| (end, Reason::AccountShaped));
        let next = match account.or_else(|| digits(reading, place)) {
            Some((end, reason)) => {
                found.push(Found::shape(place, end, reason));
                end
            }
            // Inside a run of digits and signs nothing new begins.
            None if c.is_ascii_digit() || c == '+' => Run::of(reading, place).end,
            None => place,
        };
        place = next.max(place + 1);
    }
}

/// Lengths of account numbers of countries that are asked about most; for others every length will do.
const LENGTHS: [(&str, usize); 40] = [
    ("AD", 24),
    ("AE", 23),
    ("AT", 20),
    ("AZ", 28),
    ("BE", 16),
    ("BG", 22),
    ("BR", 29),
    ("CH", 21),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DK", 18),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GR", 27),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IS", 26),
    ("IT", 27),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("MT", 31),
    ("NL", 18),
    ("NO", 15),
    ("PL", 28),
    ("PT", 25),
    ("RO", 24),
    ("RS", 22),
    ("SA", 24),
    ("SE", 24),
    ("SI", 19),
    ("TR", 26),
];

/// An international account number with the right check digits. Answers where it ends.
fn international(reading: &Reading, place: usize) -> Option<usize> {
    let head = [0, 1, 2, 3].map(|n| reading.at(place + n).to_ascii_uppercase());
    let [first, second, check, digit] = head;
    if !(first.is_ascii_uppercase()
        && second.is_ascii_uppercase()
        && check.is_ascii_digit()
        && digit.is_ascii_digit())
    {
        return None;
    }
    let length = LENGTHS
        .iter()
        .find(|(code, _)| code.chars().eq([first, second]))
        .map(|(_, length)| *length);
    let (mut count, mut rest, mut at, mut fits) = (4, 0, place + 4, None);
    while count < 34 {
        let next = reading.skip(at, at + 2, |c| matches!(c, ' ' | '-' | '.' | '\n'));
        let c = reading.at(next);
        if !c.is_ascii_alphanumeric() {
            break;
        }
        rest = modulo(rest, c);
        at = next + 1;
        count += 1;
        let whole = head.iter().fold(rest, |rest, c| modulo(rest, *c)) == 1;
        if whole
            && length.map_or(count >= 15, |length| count == length)
            && !reading.at(at).is_alphanumeric()
        {
            fits = Some(at);
        }
    }
    fits
}

/// The remainder by 97 when a digit, or a letter as two, is put behind a number with the remainder `rest`.
fn modulo(rest: u32, c: char) -> u32 {
    let value = c.to_digit(36).unwrap_or(0);
    (rest * if value > 9 { 100 } else { 10 } + value) % 97
}

/// A wallet of a crypto-currency. Answers where it ends.
fn wallet(reading: &Reading, place: usize) -> Option<usize> {
    let (skip, least, most) = if reading.reads(place, "0x") {
        (2, 40, 40)
    } else if reading.reads(place, "bc1") {
        (3, 25, 60)
    } else {
        return None;
    };
    let start = place + skip;
    let end = reading.skip(start, start + most + 1, |c| c.is_ascii_alphanumeric());
    (least..=most).contains(&(end - start)).then_some(end)
}

/// A number that a word introduces as that of an account. Answers where it ends.
fn introduced(reading: &Reading, place: usize) -> Option<usize> {
    const ACCOUNTS: [&str; 24] = [
        "account",
        "acct",
        "iban",
        "konto",
        "kontonummer",
        "cuenta",
        "conta",
        "compte",
        "conto",
        "rekening",
        "rekeningnummer",
        "sort",
        "routing",
        "aba",
        "clabe",
        "cbu",
        "ifsc",
        "bsb",
        "giro",
        "bankgiro",
        "счет",
        "счёт",
        "cvu",
        "pix",
    ];
    const CODES: [&str; 3] = ["bic", "swift", "ifsc"];
    let c = reading.at(place);
    if !c.is_ascii_alphanumeric() {
        return None;
    }
    let before = reading.words_before(place);
    let near = |labels: &[&str]| before.iter().take(3).any(|word| labels.contains(&word.as_str()));
    if near(&CODES) {
        let end = reading.skip(place, place + 12, |c| c.is_ascii_uppercase() || c.is_ascii_digit());
        let letters = reading.skip(place, place + 6, |c| c.is_ascii_uppercase()) - place;
        if matches!(end - place, 8 | 11) && letters >= 4 && !reading.at(end).is_alphanumeric() {
            return Some(end);
        }
    }
    let begins = c.is_ascii_digit()
        || (c.is_ascii_uppercase()
            && (reading.at(place + 1).is_ascii_uppercase()
                || reading.at(place + 1).is_ascii_digit()));
    if !begins || !near(&ACCOUNTS) {
        return None;
    }
    let (mut at, mut end, mut count) = (place, place, 0);
    while at < place + 48 {
        let c = reading.at(at);
        if c.is_ascii_digit() {
            count += 1;
            end = at + 1;
        } else if !(c.is_ascii_uppercase() || matches!(c, ' ' | '-' | '/' | '.')) {
            break;
        }
        at += 1;
    }
    let amount = reading.at(end) == '%'
        || (reading.at(end) == ',' && reading.at(end + 1).is_ascii_digit())
        || matches!(reading.behind(place), '€' | '$' | '£');
    (count >= 5 && !amount && !reading.at(end).is_alphanumeric()).then_some(end)
}

/// A run of digits with the signs that stand in numbers.
struct Run {
    end: usize,
    plus: bool,
    open: bool,
    /// The digits of each group.
    groups: Vec<String>,
    /// What stands between the groups: one sign each, or `#` where it is several.
    signs: Vec<char>,
}

impl Run {
    /// Reads the run at a place. It holds no more than 40 groups, which is more than any number has.
    fn of(reading: &Reading, place: usize) -> Self {
        let mut run =
            Self { end: place, plus: false, open: false, groups: Vec::new(), signs: Vec::new() };
        let mut at = place;
        run.plus = reading.at(at) == '+';
        at += usize::from(run.plus);
        while run.groups.len() < 40 {
            let start = reading
                .skip(at, at + 3, |c| matches!(c, ' ' | '-' | '.' | '/' | '(' | ')' | '\n' | '—'));
            let end = reading.skip(start, start + 20, |c| c.is_ascii_digit());
            if start == end || (start == at && !run.groups.is_empty() && !run.plus) {
                break;
            }
            run.open |= (at..start).any(|place| matches!(reading.at(place), '(' | ')'));
            if !run.groups.is_empty() {
                run.signs.push(if start - at == 1 { reading.at(at) } else { '#' });
            }
            run.groups.push((start..end).map(|place| reading.at(place)).collect());
            run.end = end;
            at = end;
        }
        run
    }

    fn count(&self) -> usize {
        self.groups.iter().map(String::len).sum()
    }

    fn lengths(&self) -> Vec<usize> {
        self.groups.iter().map(String::len).collect()
    }

    fn digits(&self) -> impl DoubleEndedIterator<Item = u32> {
        self.groups.iter().flat_map(|group| group.chars().filter_map(|c| c.to_digit(10)))
    }

    /// Whether it is one number of thousands with signs between them: 10 000 000.
    fn is_amount(&self) -> bool {
        let mut lengths = self.lengths().into_iter();
        lengths.next().is_some_and(|first| first <= 3)
            && self.groups.len() > 1
            && lengths.all(|length| length == 3)
            && self.groups.first().is_some_and(|group| !group.starts_with('0'))
            && self.signs.iter().all(|sign| Some(sign) == self.signs.first() && *sign != '-')
    }

    /// Whether it begins as a date or as years do.
    fn is_date(&self) -> bool {
        let is_year = |group: &String| {
            group.len() == 4 && (group.starts_with("19") || group.starts_with("20"))
        };
        let small = |group: &String, most: u32| {
            group.len() <= 2 && group.parse::<u32>().is_ok_and(|value| value <= most)
        };
        match self.groups.as_slice() {
            [year, month, day, ..] if is_year(year) => {
                small(month, 12) && small(day, 31) || is_year(month)
            }
            [day, month, year, ..] if is_year(year) => small(day, 31) && small(month, 31),
            [day, month, year] if small(day, 31) && small(month, 31) => {
                year.len() == 2 && self.signs.iter().all(|sign| matches!(sign, '.' | '/' | '-'))
            }
            [from, to] => is_year(from) && (is_year(to) || to.len() <= 2),
            _ => false,
        }
    }

    /// Whether the last digit checks the others, as on cards.
    fn is_card(&self) -> bool {
        let sum: u32 = self
            .digits()
            .rev()
            .enumerate()
            .map(|(place, digit)| match (place % 2, digit * 2) {
                (0, _) => digit,
                (_, double) if double > 9 => double - 9,
                (_, double) => double,
            })
            .sum();
        (13..=19).contains(&self.count())
            && sum.is_multiple_of(10)
            && self.digits().any(|digit| digit > 0)
            && (self.groups.len() == 1 || self.lengths().iter().all(|length| *length >= 3))
    }
}

/// A card or a phone number. Answers where it ends and which it is.
fn digits(reading: &Reading, place: usize) -> Option<(usize, Reason)> {
    let c = reading.at(place);
    if !(c.is_ascii_digit() || c == '+' || c == '(')
        || matches!(reading.behind(place), '#' | '$' | '€' | '£' | '.' | '=')
    {
        return None;
    }
    let run = Run::of(reading, place);
    let after = reading.at(run.end);
    let unit = after.is_alphanumeric() && !matches!(after, 'x' | 'X')
        || matches!(after, '%' | '€' | '$' | '£' | '_');
    if run.groups.is_empty() || unit {
        return None;
    }
    if run.is_card() && !run.plus {
        return Some((run.end, Reason::AccountShaped));
    }
    let end = run.end;
    is_phone(reading, place, &run).then_some((end, Reason::PhoneShaped))
}

fn is_phone(reading: &Reading, place: usize, run: &Run) -> bool {
    const LABELS: [&str; 32] = [
        "phone",
        "telephone",
        "tel",
        "mobile",
        "cell",
        "cellphone",
        "whatsapp",
        "signal",
        "telegram",
        "call",
        "fax",
        "sms",
        "text",
        "ring",
        "dial",
        "handy",
        "telefon",
        "telefono",
        "teléfono",
        "movil",
        "celular",
        "telefone",
        "portable",
        "gsm",
        "numer",
        "телефон",
        "тел",
        "моб",
        "電話",
        "电话",
        "전화",
        "simu",
    ];
    let count = run.count();
    if !(6..=15).contains(&count) || run.is_date() {
        return false;
    }
    let first = run.groups.first().map(String::as_str).unwrap_or_default();
    let lengths = run.lengths();
    let round = run.is_amount() && run.groups.iter().skip(1).all(|group| group == "000");
    if run.plus {
        return count >= 7 && !round;
    }
    let labelled =
        reading.words_before(place).iter().take(3).any(|word| LABELS.contains(&word.as_str()));
    if labelled {
        return !round;
    }
    // A version or a chain of them has short numbers between dots.
    let dots = !run.signs.is_empty() && run.signs.iter().all(|sign| *sign == '.');
    if dots && lengths.iter().any(|length| *length < 2) {
        return false;
    }
    let american = |lengths: &[usize]| matches!(lengths, [3, 3, 4] | [1, 3, 3, 4]);
    let trunk = first.starts_with('0')
        && (9..=if first.starts_with("00") { 15 } else { 13 }).contains(&count)
        && lengths.iter().all(|length| *length >= 2);
    // A number counted from zero has no zero at its head, and so is no amount.
    let local = matches!(lengths.as_slice(), [3, 4])
        && matches!(run.signs.as_slice(), ['-' | ' ' | '.'])
        && run.groups.get(1).is_some_and(|group| group.starts_with('0'));
    let grouped = run.groups.len() >= 3
        && (9..=13).contains(&count)
        && lengths.iter().all(|length| (2..=4).contains(length))
        && !run.is_amount()
        && run.signs.iter().all(|sign| matches!(sign, ' ' | '-' | '.' | '#'));
    american(&lengths) || trunk || local || grouped || (run.open && count >= 9)
}
